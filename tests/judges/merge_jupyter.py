"""Runs and saves notebooks with Jupyter's own code, and validates others. One process, one kernel.

usage: merge_jupyter.py run DIR           every DIR/*.ipynb is executed (errors allowed) and saved in place
       merge_jupyter.py stages DIR PLACE  the same in the folder PLACE; a cell that one before has run keeps what it printed
       merge_jupyter.py check DIR         every DIR/*.ipynb must be valid nbformat 4.5, and the same bytes when saved again
"""

import json
import pathlib
import sys
import warnings

import nbformat


# Seconds within which a kernel starts and a cell ends, on a machine that has much else to do.
PATIENCE = 600


def stages(paths, place):
    run(paths, place, stages=True)


def run(paths, place=None, stages=False):
    import asyncio
    from jupyter_client.manager import start_new_async_kernel
    from nbclient import NotebookClient

    async def everything():
        manager, client = await start_new_async_kernel(startup_timeout=PATIENCE, kernel_name="python3", cwd=place)
        ran = {}
        try:
            client.kernel_info()
            info = (await client.get_shell_msg(timeout=PATIENCE))["content"]["language_info"]
            for path in paths:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    notebook = nbformat.read(path, as_version=4)
                runner = NotebookClient(notebook, km=manager, allow_errors=True, timeout=PATIENCE)
                runner.kc = client
                code = [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
                for index, cell in code:
                    if cell.source in ran:
                        cell.outputs, cell.execution_count = ran[cell.source]
                    else:
                        await runner.async_execute_cell(cell, index)
                if stages:
                    ran.update((cell.source, (cell.outputs, cell.execution_count)) for _, cell in code)
                notebook.metadata["language_info"] = info
                nbformat.write(notebook, path)
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)

    asyncio.run(everything())


def check(paths):
    wrong = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        try:
            notebook = json.loads(text)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                nbformat.validate(notebook)
            if (notebook["nbformat"], notebook["nbformat_minor"]) != (4, 5):
                wrong.append(f"{path.name}: version")
            if nbformat.writes(nbformat.reads(text, as_version=4)) + "\n" != text:
                wrong.append(f"{path.name}: saving it changes it")
        except Exception as error:
            wrong.append(f"{path.name}: {type(error).__name__}: {str(error)[:300]}")
    print("\n".join(wrong), end="")


if __name__ == "__main__":
    {"run": run, "stages": stages, "check": check}[sys.argv[1]](sorted(pathlib.Path(sys.argv[2]).glob("*.ipynb")), *sys.argv[3:])
