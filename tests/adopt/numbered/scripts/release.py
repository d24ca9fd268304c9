print('for maintainers')
