// frontgate's runtime client for Node: takes events from the Lambda Runtime API and hands them to a handler, as
// AWS's own client does. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
//
// It runs inside the function's process, on Node 18 and later, with the standard library only. What the function
// prints goes to its log; the Runtime API is the only way to frontgate, and its end is the end of the process.
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { Writable } = require('node:stream');
const util = require('node:util');
const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');

const API = '/2018-06-01/runtime';
const RESPONSE_MODE = 'Lambda-Runtime-Function-Response-Mode';
const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type';
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';
const taskRoot = process.env.LAMBDA_TASK_ROOT;
const runtimeVersion = Number.parseInt(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)?.[1] ?? '0', 10);
// Node 24 of AWS knows no callbacks any more.
const hasCallbacks = runtimeVersion < 24;

// ---------------------------------------------------------------------------------------------------------------
// The connection to the Runtime API: requests may be sent before the answers of earlier ones have come.

class RuntimeApi {
  constructor(address) {
    const [host, port] = address.split(':');
    this.address = address;
    this.answers = [];
    this.chunks = [];
    this.size = 0;
    this.needed = 1;
    this.socket = net.connect({ host, port: Number(port), noDelay: true });
    this.socket.on('data', (chunk) => this.read(chunk));
    // Without frontgate there is nothing left to do here.
    this.socket.on('close', () => process.exit(0));
    this.socket.on('error', () => process.exit(0));
  }

  // Keeps the process alive until the next event has come.
  next(onEvent) {
    this.socket.ref();
    this.send('GET', `${API}/invocation/next`, undefined, {}, (status, headers, body) => {
      if (status !== 200) return process.exit(1);
      this.socket.unref();
      onEvent(headers, body);
    });
  }

  post(target, body, headers, onAnswer) {
    this.send('POST', API + target, body, headers, onAnswer ?? (() => {}));
  }

  // Sends two requests as one piece.
  together(send) {
    this.socket.cork();
    send();
    this.socket.uncork();
  }

  // Begins a response in chunks; all that is written until its end belongs to it.
  beginStream(id, contentType, onAnswer) {
    // A stream that is never ended keeps the process waiting, as it does on AWS.
    this.socket.ref();
    this.answers.push(onAnswer);
    this.socket.write(
      `POST ${API}/invocation/${encodeURIComponent(id)}/response HTTP/1.1\r\nHost: ${this.address}\r\n` +
        `Content-Type: ${contentType.replace(/[^\x20-\x7e]/g, '')}\r\n${RESPONSE_MODE}: streaming\r\n` +
        `Trailer: ${ERROR_TYPE}, ${ERROR_BODY}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      'latin1',
    );
  }

  writeChunk(chunk, onWritten) {
    // An empty chunk would be the end.
    if (chunk.length === 0) return onWritten();
    this.together(() => {
      this.socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
      this.socket.write(chunk);
      this.socket.write('\r\n', 'latin1', onWritten);
    });
  }

  endStream(error) {
    let trailers = '';
    if (error) {
      const type = String(error.errorType).replace(/[^\x20-\x7e]/g, '');
      const body = Buffer.from(asOnAws(serialize(error))).toString('base64');
      trailers = `${ERROR_TYPE}: ${type}\r\n${ERROR_BODY}: ${body}\r\n`;
    }
    this.socket.write(`0\r\n${trailers}\r\n`, 'latin1');
  }

  send(method, target, body, headers, onAnswer) {
    let head = `${method} ${target} HTTP/1.1\r\nHost: ${this.address}\r\n`;
    for (const name in headers) head += `${name}: ${String(headers[name]).replace(/[^\x20-\x7e]/g, '')}\r\n`;
    if (body !== undefined) {
      head += `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
    }
    this.answers.push(onAnswer);
    this.socket.write(`${head}\r\n`, 'latin1');
    if (body) this.socket.write(body, 'utf8');
  }

  read(chunk) {
    this.chunks.push(chunk);
    this.size += chunk.length;
    while (this.size >= this.needed) {
      const bytes = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks, this.size);
      this.chunks = [bytes];
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) {
        this.needed = this.size + 1;
        return;
      }
      const [first, ...lines] = bytes.toString('utf8', 0, end).split('\r\n');
      const headers = {};
      for (const line of lines) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const start = end + 4;
      const total = start + Number(headers['content-length'] ?? 0);
      if (this.size < total) {
        this.needed = total;
        return;
      }
      const body = bytes.toString('utf8', start, total);
      this.size -= total;
      this.chunks = this.size > 0 ? [bytes.subarray(total)] : [];
      this.needed = 1;
      this.answers.shift()(Number(first.split(' ')[1]), headers, body);
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Errors, in the shapes that AWS gives them.

function errorClass(name) {
  return class extends Error {
    constructor(message) {
      super(message);
      this.name = `Runtime.${name}`;
    }
  };
}

const CallbackHandlerDeprecated = errorClass('CallbackHandlerDeprecated');
const HandlerNotFound = errorClass('HandlerNotFound');
const ImportModuleError = errorClass('ImportModuleError');
const InvalidStreamingOperation = errorClass('InvalidStreamingOperation');
const MalformedHandlerName = errorClass('MalformedHandlerName');
const MalformedStreamingHandler = errorClass('MalformedStreamingHandler');
const NodeJsExit = errorClass('NodeJsExit');
const TruncatedResponse = errorClass('TruncatedResponse');
const UnhandledPromiseRejection = errorClass('UnhandledPromiseRejection');
const UserCodeSyntaxError = errorClass('UserCodeSyntaxError');

function isError(value) {
  return (
    util.types.isNativeError(value) ||
    (value &&
      typeof value.name === 'string' &&
      typeof value.message === 'string' &&
      typeof value.stack === 'string' &&
      value.name !== '' &&
      value.message !== '' &&
      value.stack !== '')
  );
}

function errorResponse(error) {
  try {
    if (isError(error)) {
      return { errorType: error.name, errorMessage: error.message, trace: error.stack.split('\n') };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

// AWS runs code in /var/task, and this client in /var/runtime: so texts about errors say it.
const asOnAws = (() => {
  const replacements = [];
  const replace = (folder, name) => {
    replacements.push([`${pathToFileURL(folder).href}/`, `file://${name}/`], [`${folder}/`, `${name}/`]);
  };
  replace(taskRoot, '/var/task');
  replace(__dirname, '/var/runtime');
  try {
    // Node takes modules by their real path.
    replace(fs.realpathSync(path.join(taskRoot, 'node_modules')), '/var/task/node_modules');
  } catch {
    // There are none.
  }
  return (text) => replacements.reduce((said, [from, to]) => said.replaceAll(from, to), text);
})();

function serialize(value) {
  try {
    return JSON.stringify(value === undefined ? null : value) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

function logError(title, value) {
  const error = value instanceof Error ? value : new Error(value);
  const withHidden = (_key, part) => {
    if (!(part instanceof Error)) return part;
    const shown = Object.assign({ errorType: part.name, errorMessage: part.message, code: part.code }, part);
    if (typeof part.stack === 'string') shown.stack = part.stack.split('\n');
    return shown;
  };
  let text;
  try {
    text = JSON.stringify(error, withHidden);
  } catch {
    text = JSON.stringify(errorResponse(error));
  }
  console.error(title, `\t${asOnAws(text)}`);
}

// ---------------------------------------------------------------------------------------------------------------
// console: time, request id and level before each message, tab separated.

const requestIdKey = Symbol.for('aws.lambda.runtime.requestId');

function patchConsole() {
  const levels = { trace: 1, debug: 2, info: 3, warn: 4, error: 5, fatal: 6 };
  const lowest = levels[process.env.AWS_LAMBDA_LOG_LEVEL?.toLowerCase()] ?? 1;
  for (const [name, level] of Object.entries(levels)) {
    const label = name.toUpperCase();
    console[name] =
      level < lowest
        ? () => {}
        : (...message) => {
            const time = new Date().toISOString();
            const said = util.format(...message);
            const text = message.some((part) => util.types.isNativeError(part)) ? asOnAws(said) : said;
            const line = `${time}\t${globalThis[requestIdKey]}\t${label}\t${text}`;
            // A carriage return keeps the lines of one message together.
            process.stdout.write(`${line.replace(/\r?\n/g, '\r')}\n`);
          };
  }
  console.log = console.info;
}

// ---------------------------------------------------------------------------------------------------------------
// The handler: `folder/file.object.function`.

async function loadHandler(name) {
  if (name.includes('..')) {
    throw new MalformedHandlerName(
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(name);
  const folder = name.slice(0, name.indexOf(base));
  const parts = /^([^.]*)\.(.*)$/.exec(base);
  if (!parts) throw new MalformedHandlerName('Bad handler');
  let module;
  try {
    module = await loadModule(folder, parts[1]);
  } catch (error) {
    if (error instanceof SyntaxError) {
      const wrapped = new UserCodeSyntaxError(String(error));
      wrapped.stack = error.stack;
      throw wrapped;
    }
    if (error?.code === 'MODULE_NOT_FOUND') throw new ImportModuleError(String(error));
    throw error;
  }
  const handler = parts[2].split('.').reduce((nested, key) => nested && nested[key], module);
  if (!handler) throw new HandlerNotFound(`${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw new HandlerNotFound(`${name} is not a function`);
  return handler;
}

async function loadModule(folder, file) {
  const requireFromTask = createRequire(path.join(__dirname, 'index.mjs'));
  const stem = path.resolve(taskRoot, `.${path.sep}${folder}`, file);
  const isModule = isInModulePackage(path.dirname(stem));
  const hasTypes = Number.parseInt(process.versions.node, 10) >= 24;
  const load = (extension, asModule) => ({ extension, asModule });
  const choices = [
    load('', false),
    load('.js', isModule),
    load('.mjs', true),
    load('.cjs', false),
    ...(hasTypes ? [load('.ts', isModule), load('.mts', true), load('.cts', false)] : []),
  ];
  for (const { extension, asModule } of choices) {
    const full = stem + extension;
    if (!fs.existsSync(full) || (extension === '' && !fs.statSync(full).isFile())) continue;
    return asModule ? import(pathToFileURL(full).href) : requireFromTask(full);
  }
  return requireFromTask(requireFromTask.resolve(file, { paths: [taskRoot, path.join(taskRoot, folder)] }));
}

// Whether the nearest package.json says that `.js` files are ES modules.
function isInModulePackage(folder) {
  if (folder.endsWith('/node_modules')) return false;
  const file = path.join(folder, 'package.json');
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, 'utf8')).type === 'module';
    } catch (error) {
      console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  const parent = path.dirname(folder);
  return folder === taskRoot || parent === folder ? false : isInModulePackage(parent);
}

// ---------------------------------------------------------------------------------------------------------------
// Streamed responses: the global object `awslambda`, and the stream that a handler writes to.
// https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html

const streamingKey = Symbol.for('aws.lambda.runtime.handler.streaming');
const highWaterMarkKey = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

function streamifyResponse(handler, options) {
  handler[streamingKey] = 'response';
  if (typeof options?.highWaterMark === 'number') handler[highWaterMarkKey] = Math.trunc(options.highWaterMark);
  return handler;
}

function isStreaming(handler) {
  if (!handler[streamingKey]) return false;
  if (handler[streamingKey] === 'response') return true;
  throw new MalformedStreamingHandler('Only response streaming is supported.');
}

const HttpResponseStream = {
  // Puts the head of an HTTP response before what is written: JSON, and eight null bytes.
  from(stream, prelude) {
    stream.setContentType('application/vnd.awslambda.http-integration-response');
    const head = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(head);
      write(new Uint8Array(8));
    };
    return stream;
  },
};

class ResponseStream extends Writable {
  constructor(api, id, highWaterMark, onAnswer) {
    super({ highWaterMark, decodeStrings: true });
    this.api = api;
    this.id = id;
    this.onAnswer = onAnswer;
    this.contentType = 'application/octet-stream';
    this.hasBegun = false;
    this.hasWritten = false;
    this.isComplete = false;
    this.failure = undefined;
    // Without a listener of its own an error of the stream would end the process; the handler is told by its promise.
    this.on('error', () => {});
  }

  setContentType(contentType) {
    if (this.hasWritten) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    this.contentType = String(contentType);
  }

  write(chunk, encoding, callback) {
    const data = typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk);
    if (!this.hasWritten) {
      this.hasWritten = true;
      this._onBeforeFirstWrite?.((first) => super.write(first));
    }
    return super.write(data, encoding, callback);
  }

  begin() {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.api.beginStream(this.id, this.contentType, this.onAnswer);
  }

  complete() {
    if (this.isComplete) return;
    this.begin();
    this.isComplete = true;
    this.api.endStream(this.failure);
  }

  // The end, with what went wrong; nothing more can be said of a stream that has ended.
  fail(error) {
    this.failure ??= errorResponse(error);
    if (this.destroyed || this.writableEnded) this.complete();
    else this.end();
  }

  _write(chunk, _encoding, callback) {
    if (this.isComplete) return callback();
    this.begin();
    this.api.writeChunk(chunk, callback);
  }

  _final(callback) {
    this.complete();
    callback();
  }

  _destroy(error, callback) {
    if (!this.isComplete) {
      this.failure ??= errorResponse(error ?? new TruncatedResponse('The response stream was destroyed.'));
      this.complete();
    }
    callback(error);
  }
}

// ---------------------------------------------------------------------------------------------------------------
// One invocation after the other.

class Runtime {
  constructor(api, handler) {
    this.api = api;
    this.handler = handler;
    this.isAsync = handler.constructor?.name === 'AsyncFunction';
    this.isStreaming = isStreaming(handler);
    this.whenLoopIsEmpty = () => {};
    this.onFatal = undefined;
    process.on('beforeExit', () => this.whenLoopIsEmpty());
  }

  next() {
    this.whenLoopIsEmpty = () => {};
    this.api.next((headers, body) => this.invoke(headers, body));
  }

  respond(id, body) {
    this.api.together(() => {
      this.api.post(`/invocation/${encodeURIComponent(id)}/response`, body, {});
      this.next();
    });
  }

  fail(id, error) {
    logError('Invoke Error', error);
    this.api.together(() => {
      this.postError(id, error);
      this.next();
    });
  }

  postError(id, error, onAnswer) {
    const response = errorResponse(error);
    const headers = { 'Lambda-Runtime-Function-Error-Type': response.errorType };
    this.api.post(`/invocation/${encodeURIComponent(id)}/error`, asOnAws(serialize(response)), headers, onAnswer);
  }

  invoke(headers, body) {
    const id = headers['lambda-runtime-aws-request-id'];
    globalThis[requestIdKey] = id;
    const trace = headers['lambda-runtime-trace-id'];
    if (trace) process.env._X_AMZN_TRACE_ID = trace;
    else delete process.env._X_AMZN_TRACE_ID;
    this.onFatal = (error, status) => {
      this.api.socket.ref();
      this.postError(id, error, () => process.exit(status));
    };
    const context = environmentContext(headers);
    if (this.isStreaming) this.invokeStreaming(id, body, context);
    else if (hasCallbacks) this.invokeWithCallbacks(id, body, context);
    else this.invokePlainly(id, body, context);
  }

  async invokePlainly(id, body, context) {
    this.whenLoopIsEmpty = () => this.fail(id, neverSettled());
    let text;
    try {
      text = serialize(await this.handler(JSON.parse(body), context));
    } catch (error) {
      return this.fail(id, error);
    }
    this.respond(id, text);
  }

  async invokeStreaming(id, body, context) {
    let waits = hasCallbacks;
    if (hasCallbacks) {
      Object.defineProperty(context, 'callbackWaitsForEmptyEventLoop', {
        enumerable: true,
        get: () => waits,
        set: (value) => {
          waits = value;
        },
      });
    }
    let onAnswer;
    const answered = new Promise((resolve) => {
      onAnswer = resolve;
    });
    const stream = new ResponseStream(this.api, id, this.handler[highWaterMarkKey], onAnswer);
    this.onFatal = (error, status) => {
      stream.fail(error);
      this.api.socket.ref();
      answered.then(() => process.exit(status));
    };
    this.whenLoopIsEmpty = () => this.api.socket.ref();
    try {
      const handled = this.handler(JSON.parse(body), stream, context);
      if (typeof handled?.then !== 'function') throw new Error('Streaming does not support non-async handlers.');
      if ((await handled) !== undefined) console.warn('Streaming handlers ignore return values.');
      await answered;
      if (!stream.writableFinished) throw new Error('Response stream is not finished.');
    } catch (error) {
      logError('Invoke Error', error);
      stream.fail(error);
      await answered;
    }
    if (!waits) return this.next();
    this.whenLoopIsEmpty = () => setImmediate(() => this.next());
    this.api.socket.unref();
  }

  invokeWithCallbacks(id, body, context) {
    let isOver = false;
    let waits = true;
    // Only the first word counts; one that cannot be serialized does not count as said.
    const once = (say) => (...words) => {
      if (isOver) return;
      say(...words);
      isOver = true;
    };
    const done = (error, result) => {
      if (error !== undefined && error !== null) return this.fail(id, error);
      this.respond(id, serialize(result));
    };
    const callback = (error, result) => {
      if ((error !== undefined && error !== null) || !waits) return done(error, result);
      const text = serialize(result);
      this.whenLoopIsEmpty = () => this.respond(id, text);
    };
    Object.defineProperty(context, 'callbackWaitsForEmptyEventLoop', {
      enumerable: true,
      get: () => waits,
      set: (value) => {
        waits = value;
      },
    });
    context.done = once(done);
    context.succeed = once((result) => done(null, result));
    context.fail = once((error) => done(error ?? 'handled'));
    const onlyCallback = once(callback);
    this.whenLoopIsEmpty = () => {
      isOver = true;
      if (this.isAsync) this.fail(id, neverSettled());
      else this.respond(id, 'null');
    };
    try {
      const result = this.handler(JSON.parse(body), context, onlyCallback);
      if (typeof result?.then === 'function') {
        result.then(context.succeed, context.fail).catch(context.fail);
      }
    } catch (error) {
      onlyCallback(error);
    }
  }
}

function neverSettled() {
  return new NodeJsExit(
    'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
  );
}

function environmentContext(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const parse = (name) => (headers[name] === undefined ? undefined : JSON.parse(headers[name]));
  return {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parse('lambda-runtime-client-context'),
    identity: parse('lambda-runtime-cognito-identity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

async function main() {
  patchConsole();
  const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
  let runtime;
  const fatal = (title, error, status) => {
    logError(title, error);
    if (runtime?.onFatal) return runtime.onFatal(error, status);
    const response = errorResponse(error);
    const headers = { 'Lambda-Runtime-Function-Error-Type': response.errorType };
    api.post('/init/error', asOnAws(serialize(response)), headers, () => process.exit(status));
  };
  process.on('uncaughtException', (error) => fatal('Uncaught Exception', error, 129));
  process.on('unhandledRejection', (reason) => {
    const error = new UnhandledPromiseRejection(reason);
    error.reason = reason;
    fatal('Unhandled Promise Rejection', error, 128);
  });
  if (!['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) {
    globalThis.awslambda = { ...globalThis.awslambda, streamifyResponse, HttpResponseStream };
  }
  let handler;
  try {
    handler = await loadHandler(process.env._HANDLER);
    if (!hasCallbacks && !isStreaming(handler) && handler.length >= 3) {
      throw new CallbackHandlerDeprecated(
        'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
      );
    }
  } catch (error) {
    return fatal('Uncaught Exception', error, 129);
  }
  runtime = new Runtime(api, handler);
  runtime.next();
}

main();
