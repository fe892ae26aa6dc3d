//! Facts of Lambda.

use frontgate_aws::Source::{Documented, Inferred, Recorded};

use super::rows;

rows! {
    FunctionInvoked "lambda.invoked"
        "The function {place} was invoked."
        Documented("lambda-runtime-environment");
    FunctionQueued "lambda.queued"
        "The invocation waited {value} ms for a process: as many as there may be were busy."
        Inferred("a bound of this machine; AWS starts another execution environment");
    ColdStart "lambda.cold-start"
        "A new execution environment was started in {value} ms."
        Documented("lambda-runtime-environment");
    WarmStart "lambda.warm-start"
        "A warm execution environment answered."
        Documented("lambda-runtime-environment");
    FunctionReturned "lambda.returned"
        "The function returned after {value} ms."
        Documented("runtimes-api");
    FunctionFailed "lambda.failed"
        "The function raised an error after {value} ms."
        Documented("runtimes-api");
    FunctionTimedOut "lambda.timed-out"
        "The function ran into its timeout of {value} s: {place}."
        Recorded("Sandbox.Timedout");
    FunctionExited "lambda.exited"
        "The process of the function ended before it answered."
        Recorded("Runtime.ExitError");
    FunctionOutOfMemory "lambda.out-of-memory"
        "The process of the function had more than {value} MB of memory and was killed: {place}."
        Inferred("Runtime.OutOfMemory; measured every 100 ms here, enforced by the system on AWS");
    FunctionResponseTooLarge "lambda.response-too-large"
        "The function returned {value} bytes, more than a response may have."
        Documented("gettingstarted-limits");
    FunctionInitFailed "lambda.init-failed"
        "The function could not be initialized."
        Documented("lambda-runtime-environment");
    FunctionThrottled "lambda.throttled"
        "The concurrency limit is reached: {place}."
        Recorded("Rate Exceeded.");
}
