//! Traps of CloudFront Functions.

use super::{Sign, Trap};
use crate::FactKind::{
    FunctionNotAccepted, FunctionReadOnlyHeader, FunctionThrew, ViewerResponseFunctionSkipped,
};
use Sign::Noted;

pub(super) const ROWS: &[Trap] = &[
    Trap {
        id: "function-es6",
        symptom: "503 page: the CloudFront function is invalid or could not run, for every request",
        signs: &[Noted(FunctionNotAccepted)],
        cause: "The code is written in a newer JavaScript than the runtime has: ECMAScript 5.1 and some of what came \
                later. for…of, destructuring, default parameters, spread and classes are refused in both runtimes, const, \
                let and async in cloudfront-js-1.0.",
        fix: "Write the older form, or let a compiler make it; cloudfront-js-2.0 takes const, let and async. `frontgate \
              function test` names the token and the line.",
        place_of: &[FunctionNotAccepted],
    },
    Trap {
        id: "function-throws",
        symptom: "503 page: the CloudFront function is invalid or could not run, for some requests",
        signs: &[Noted(FunctionThrew)],
        cause: "The function threw an error: often it reads .value of a header, cookie or parameter that this request \
                does not have, or calls a method that the runtime does not have. Too much time or memory end it the same way.",
        fix: "Ask for the header before its value. The error itself stands in the function's log, here on the console; \
              `frontgate function test` shows it for an event.",
        place_of: &[FunctionThrew],
    },
    Trap {
        id: "function-read-only-header",
        symptom: "502 page: the CloudFront function tried to add, delete, or change a read-only header",
        signs: &[Noted(FunctionReadOnlyHeader)],
        cause: "A function may not touch Host, Content-Length, Via and others of the request, nor Via and Warning of the \
                answer, nor add headers that only CloudFront sets. Its test does not show that.",
        fix: "Leave the header as it is. For another Host at the origin use cf.updateRequestOrigin({hostHeader: …}), or \
              put the name into a header of your own.",
        place_of: &[FunctionReadOnlyHeader],
    },
    Trap {
        id: "function-skipped-on-errors",
        symptom: "Headers that a function adds are missing on this answer",
        signs: &[Noted(ViewerResponseFunctionSkipped)],
        cause: "CloudFront calls no viewer-response function where the origin answered 400 or more, and none for the \
                custom error page that stands for it.",
        fix: "Use a response headers policy for headers that every answer must have: it is applied to errors, too.",
        place_of: &[ViewerResponseFunctionSkipped],
    },
];
