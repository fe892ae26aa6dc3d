// Says which files are not JavaScript, without running any: `check.cjs FOLDER FILE...` prints a JSON array of
// {"file", "line", "message"}, the file by its number, the line if it is known.
//
// A file is what Node would take it for: by its extension, by the "type" of the nearest package.json up to FOLDER,
// else CommonJS first and, where this Node looks at the syntax, a module if that fails.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { spawnSync } = require('node:child_process');

const [folder, ...files] = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);
const looksAtSyntax = major > 22 || (major === 22 && minor >= 7) || (major === 20 && minor >= 19);
const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
// What V8 says where only a module may stand.
const isOfModule = /import statement|import\.meta|'export'|top level bodies of modules/;

function commonJsProblem(filename, text) {
  try {
    vm.compileFunction(text, parameters, { filename });
    return undefined;
  } catch (error) {
    const first = String(error.stack).split('\n', 1)[0];
    const line = first.startsWith(`${filename}:`) ? Number(first.slice(filename.length + 1)) : undefined;
    return problem(error, line);
  }
}

function moduleProblem(filename, text) {
  try {
    new vm.SourceTextModule(text, { identifier: filename });
    return undefined;
  } catch (error) {
    // Here the error does not say its line; Node itself does when it checks the text.
    const said = spawnSync(process.execPath, ['--input-type=module', '--check', '-'], { input: text });
    const line = /^(?:file:\/\/\/?)?\[?\w+\]?:(\d+)$/m.exec(String(said.stderr))?.[1];
    return problem(error, line && Number(line));
  }
}

function problem(error, line) {
  return { line: Number.isInteger(line) ? line : null, message: `${error.name}: ${error.message}` };
}

function packageType(inFolder) {
  for (let at = inFolder; at.startsWith(folder); at = path.dirname(at)) {
    const file = path.join(at, 'package.json');
    if (!fs.existsSync(file)) continue;
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8')).type;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function fileProblem(filename) {
  const text = fs.readFileSync(filename, 'utf8').replace(/^\uFEFF/, '');
  const extension = path.extname(filename);
  const type = extension === '.js' ? packageType(path.dirname(filename)) : undefined;
  if (extension === '.mjs' || type === 'module') return moduleProblem(filename, text);
  const first = commonJsProblem(filename, text);
  if (!first || extension === '.cjs' || type === 'commonjs' || !looksAtSyntax) return first;
  const second = moduleProblem(filename, text);
  return second && (isOfModule.test(first.message) ? second : first);
}

const problems = [];
files.forEach((name, file) => {
  const found = fileProblem(name);
  if (found) problems.push({ file, ...found });
});
process.stdout.write(JSON.stringify(problems));
