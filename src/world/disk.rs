//! [`Disk`]: the world as the operating system has it. (filled in below)
