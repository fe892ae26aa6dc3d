"""Says which files are not Python, without running any: `check.py FOLDER FILE...` prints a JSON array of
{"file", "line", "message"}, the file by its number, the line if it is known. Nothing is written.
"""

import json
import sys
import warnings


def file_problem(name):
    with open(name, "rb") as file:
        text = file.read()
    try:
        compile(text, name, "exec", dont_inherit=True)
    except SyntaxError as problem:
        return problem.lineno, "%s: %s" % (type(problem).__name__, problem.msg)
    except ValueError as problem:
        # A NUL, up to Python 3.11.
        return None, "SyntaxError: %s" % problem
    return None


def main():
    warnings.simplefilter("ignore")
    problems = []
    for at, name in enumerate(sys.argv[2:]):
        found = file_problem(name)
        if found:
            problems.append({"file": at, "line": found[0], "message": found[1]})
    sys.stdout.write(json.dumps(problems))


if __name__ == "__main__":
    main()
