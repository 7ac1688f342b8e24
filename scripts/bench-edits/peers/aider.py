"""Runs aider's own edit code, fetched from its package, on cases that come as JSON lines.

usage: aider.py FOLDER FORMAT, where FOLDER holds the unpacked package. Each line of the input has `reply` and `files`;
each line of the output has the files afterwards, or null where aider raised, which it does for an edit that failed.
What asks a person, a model or git is left out; the modules that only those need are replaced by empty ones.
"""

import io
import json
import os
import shutil
import sys
import tempfile
import types

folder, edit_format = sys.argv[1:3]
sys.path.insert(0, folder)


def stub(name, **values):
    module = types.ModuleType(name)
    module.__dict__.update(values)
    sys.modules[name] = module
    return module


class Coder:
    """What the two coders use of aider's base class, without a model or a terminal behind it."""

    def abs_root_path(self, path):
        return os.path.abspath(os.path.join(self.root, path))

    def get_rel_fname(self, path):
        return os.path.relpath(path, self.root)

    def get_inchat_relative_files(self):
        return sorted({self.get_rel_fname(path) for path in self.abs_fnames})


class Files:
    """Reads and writes as aider does: line ends become those of the system when a file is written."""

    def read_text(self, path):
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except OSError:
            return None

    def write_text(self, path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def tool_error(self, *_):
        pass


stub("oslex")
stub("git")
stub("tqdm", tqdm=None)
stub("diff_match_patch", diff_match_patch=None)
stub("rich")
stub("rich.console", Console=None)
stub("aider.coders").__path__ = [os.path.join(folder, "aider", "coders")]
stub("aider.coders.base_coder", Coder=Coder)

from aider.coders import editblock_coder, udiff_coder  # noqa: E402

# Only writes the message to the model, and is the slowest part.
editblock_coder.find_similar_lines = lambda *_: ""

CODERS = {
    "search-replace": editblock_coder.EditBlockCoder,
    "unified-diff": udiff_coder.UnifiedDiffCoder,
}


def apply(case, root):
    coder = CODERS[edit_format]()
    coder.root = root
    coder.io = Files()
    coder.fence = ("```", "```")
    coder.shell_commands = []
    coder.partial_response_content = case["reply"]
    coder.abs_fnames = {coder.abs_root_path(path) for path in case["files"]}
    edits = coder.get_edits()
    if edit_format == "search-replace":
        edits = coder.apply_edits_dry_run(edits)
    # aider asks before it touches a file that is not in the chat; nobody is there to agree.
    allowed = set(case["files"])
    if any(coder.get_rel_fname(coder.abs_root_path(edit[0])) not in allowed for edit in edits):
        raise ValueError("a file that is not in the chat")
    coder.apply_edits(edits)


def read_all(root):
    left = {}
    for place, _, names in os.walk(root):
        for name in names:
            path = os.path.join(place, name)
            with open(path, encoding="utf-8", newline="") as file:
                left[os.path.relpath(path, root).replace(os.sep, "/")] = file.read()
    return left


top = tempfile.mkdtemp(prefix="nexus-bench-edits-")
try:
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n")
    sys.stdout = sys.stderr
    for at, line in enumerate(io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")):
        case = json.loads(line)
        root = os.path.join(top, str(at))
        for path, text in case["files"].items():
            whole = os.path.join(root, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        try:
            apply(case, root)
            result = read_all(root)
        except Exception:
            result = None
        out.write(json.dumps(result) + "\n")
        shutil.rmtree(root)
    out.flush()
finally:
    shutil.rmtree(top, ignore_errors=True)
