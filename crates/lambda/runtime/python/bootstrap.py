"""frontgate's runtime client for Python: takes events from the Lambda Runtime API and hands them to a handler, as
AWS's own client does. https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html

It runs inside the function's process, on Python 3.8 and later, with the standard library only. What the function
prints goes to its log; the Runtime API is the only way to frontgate, and its end is the end of the process.
"""

import importlib
import json
import logging
import math
import os
import socket
import sys
import time
import traceback

API = "/2018-06-01/runtime"
VERSION = os.environ.get("AWS_EXECUTION_ENV", "").rpartition(".")[2]
VERSION = int(VERSION) if VERSION.isdigit() else 0


class Fault(Exception):
    """An error that AWS's client has a name for."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = "Runtime." + kind
        self.message = message
        self.trace = trace


def as_on_aws(text):
    """AWS runs code in /var/task, and this client in /var/runtime: so texts about errors say it."""
    for folder, name in FOLDERS:
        text = text.replace(folder + "/", name + "/")
    return text


FOLDERS = (
    (os.environ.get("LAMBDA_TASK_ROOT", "/var/task"), "/var/task"),
    (os.path.dirname(os.path.abspath(__file__)), "/var/runtime"),
)


class RuntimeApi:
    """The connection to the Runtime API, kept open; two requests may be sent as one piece."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.address = address
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb", 65536)

    def request(self, method, path, body=None, headers=()):
        lines = ["%s %s%s HTTP/1.1" % (method, API, path), "Host: " + self.address]
        for name, value in headers:
            lines.append(name + ": " + "".join(c for c in value if " " <= c <= "~"))
        if body is not None:
            lines += ["Content-Type: application/json", "Content-Length: %d" % len(body)]
        return "\r\n".join(lines + ["", ""]).encode() + (body or b"")

    def send(self, *requests):
        try:
            self.socket.sendall(b"".join(requests))
        except OSError:
            os._exit(0)

    def answer(self):
        try:
            first = self.reader.readline()
            headers = {}
            while True:
                line = self.reader.readline()
                if line in (b"\r\n", b""):
                    break
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = self.reader.read(int(headers.get("content-length", 0)))
        except OSError:
            first = b""
        if not first:
            # Without frontgate there is nothing left to do here.
            os._exit(0)
        return int(first.split(b" ")[1]), headers, body


class Encoder(json.JSONEncoder):
    """JSON of what handlers return; a Decimal, as of boto3, is a number."""

    def default(self, o):
        # Whoever has one has imported it; importing it here would take each cold start two milliseconds.
        decimal = sys.modules.get("decimal")
        if decimal and isinstance(o, decimal.Decimal):
            if o.is_nan():
                return math.nan
            return int(o) if o == o.to_integral_value() and abs(o) < 10**18 else float(o)
        return super().default(o)


ENCODER = Encoder(ensure_ascii=VERSION < 12)


class ClientContext:
    """What a mobile SDK says about its application."""

    def __init__(self, fields):
        client = fields.get("client")
        self.custom = fields.get("custom")
        self.env = fields.get("env")
        self.client = Client(client) if isinstance(client, dict) else None


class Client:
    """The application of a mobile SDK."""

    def __init__(self, fields):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, fields.get(name))


class CognitoIdentity:
    """The identity that invoked the function, if Cognito vouched for one."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class LambdaContext:
    """The handler's second argument."""

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.client_context = self._client_context(headers.get("lambda-runtime-client-context"))
        self.identity = CognitoIdentity()
        self._epoch_deadline_time_in_ms = int(headers["lambda-runtime-deadline-ms"])

    @staticmethod
    def _client_context(header):
        if not header:
            return None
        try:
            fields = json.loads(header)
        except ValueError as problem:
            raise Fault("LambdaContextUnmarshalError", "Unable to parse Client Context JSON: %s" % problem)
        return ClientContext(fields) if isinstance(fields, dict) else None

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        names = (
            "aws_request_id log_group_name log_stream_name function_name memory_limit_in_mb function_version "
            "invoked_function_arn client_context identity tenant_id"
        ).split()
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in names)


class LogHandler(logging.Handler):
    """The handler of the root logger: one event of the log per record."""

    request_id = ""

    def emit(self, record):
        record.aws_request_id = LogHandler.request_id
        # A carriage return keeps the lines of one record together.
        text = self.format(record)
        if record.exc_info or record.stack_info:
            text = as_on_aws(text)
        sys.stdout.write(text.replace("\r\n", "\n").replace("\n", "\r") + "\n")


def set_up_logging():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    logging.Formatter.converter = time.gmtime
    handler = LogHandler()
    handler.setFormatter(
        logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
    )
    root = logging.getLogger()
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "")
    if level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        root.setLevel(level)
    root.addHandler(handler)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            # The function closed or replaced it.
            pass


def load_handler(name):
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        message = "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name
        raise Fault("MalformedHandlerName", message)
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = "Cannot use built-in module %s as a handler module" % module_name
        raise Fault("BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as problem:
        raise Fault("ImportModuleError", "Unable to import module '%s': %s" % (module_name, problem))
    except SyntaxError as problem:
        trace = ['  File "%s" Line %s\n    %s' % (problem.filename, problem.lineno, problem.text)]
        message = "Syntax error in module '%s': %s" % (module_name, problem)
        raise Fault("UserCodeSyntaxError", message, trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = "Handler '%s' missing on module '%s'" % (function_name, module_name)
        raise Fault("HandlerNotFound", message)


def error_result(problem, request_id):
    if isinstance(problem, Fault):
        message, kind, trace = problem.message, problem.kind, problem.trace
    else:
        frames = traceback.extract_tb(problem.__traceback__)
        own = next((at for at, frame in enumerate(frames) if frame.filename != __file__), 0)
        message, kind, trace = str(problem), type(problem).__name__, traceback.format_list(frames[own:])
    result = {"errorMessage": as_on_aws(message or ""), "errorType": kind}
    if VERSION > 8:
        result["requestId"] = request_id
    result["stackTrace"] = [as_on_aws(element) for element in trace or []]
    return result


def log_error(result):
    # No-break spaces keep the indentation in CloudWatch, carriage returns keep the lines in one event.
    lines = ["[ERROR] %s: %s" % (result["errorType"], result["errorMessage"])]
    if not result["errorMessage"]:
        lines = ["[ERROR] " + result["errorType"]]
    lines.append("Traceback (most recent call last):")
    for element in result["stackTrace"]:
        for line in element.splitlines() or [""]:
            text = line.lstrip(" ")
            lines.append("\u00a0" * (len(line) - len(text)) + text)
    sys.stdout.write("\r".join(lines).replace("\n", "\r") + "\n")


def invoke(handler, headers, body):
    """The result of one invocation: where to post it, its bytes and its headers."""
    request_id = headers["lambda-runtime-aws-request-id"]
    LogHandler.request_id = request_id
    if "lambda-runtime-trace-id" in headers:
        os.environ["_X_AMZN_TRACE_ID"] = headers["lambda-runtime-trace-id"]
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    path = "/invocation/%s/" % request_id
    try:
        context = LambdaContext(headers)
        try:
            event = json.loads(body)
        except ValueError as problem:
            raise Fault("UnmarshalError", "Unable to unmarshal input: %s" % problem)
        response = handler(event, context)
        if isinstance(response, bytes):
            return path + "response", response, ()
        try:
            return path + "response", ENCODER.encode(response).encode("utf-8", "surrogatepass"), ()
        except Exception as problem:
            raise Fault("MarshalError", "Unable to marshal response: %s" % problem)
    except Exception as problem:
        result = error_result(problem, request_id)
        log_error(result)
        headers = (("Lambda-Runtime-Function-Error-Type", result["errorType"]),)
        return path + "error", json.dumps(result).encode(), headers


def main():
    set_up_logging()
    task_root = os.environ["LAMBDA_TASK_ROOT"]
    # In place of the folder of this file.
    sys.path[0] = task_root
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as problem:
        result = error_result(problem, "")
        log_error(result)
        flush()
        headers = (("Lambda-Runtime-Function-Error-Type", result["errorType"]),)
        api.send(api.request("POST", "/init/error", json.dumps(result).encode(), headers))
        api.answer()
        sys.exit(1)
    ask = api.request("GET", "/invocation/next")
    api.send(ask)
    while True:
        status, headers, body = api.answer()
        if status != 200:
            sys.exit(1)
        path, result, result_headers = invoke(handler, headers, body)
        flush()
        # The answer and the wish for the next event travel together.
        api.send(api.request("POST", path, result, result_headers), ask)
        api.answer()


if __name__ == "__main__":
    main()
