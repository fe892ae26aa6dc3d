//! `AWS::Lambda::EventInvokeConfig`: retries, the age and the destinations of events that nobody waits for.
//!
//! What it names may be made after it, and the rights of the role are known once all policies are: it is bound at the end.

use frontgate_aws::Arn;
use frontgate_explain::PlaceId;
use frontgate_iam::{Identities, Identity, IdentityKind, Outcome, Request, judge, principal};
use frontgate_snapshot::EventInvokeConfig;
use frontgate_template::{ResourceNode, Span};

use super::lambda_drafts::LambdaDraft;
use crate::maker::{Made, Maker};
use crate::properties::{INERT_MARK, Object, Problems, Text};

/// A configuration whose names are not looked up yet.
#[derive(Clone, Debug)]
pub struct EventInvokeDraft {
    path: String,
    function: Named,
    qualifier: Named,
    retry_attempts_max: Option<u32>,
    event_age_seconds_max: Option<u32>,
    on_success: Option<Named>,
    on_failure: Option<Named>,
    place: PlaceId,
}

/// A name and where it stands.
#[derive(Clone, Debug)]
struct Named {
    text: String,
    span: Span,
}

/// Makes a configuration.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let function = properties.required_text("FunctionName");
    let qualifier = properties.required_text("Qualifier");
    let retries = properties.number("MaximumRetryAttempts", 0..=2);
    let age = properties.number("MaximumEventAgeInSeconds", 60..=21_600);
    let destinations = properties.object("DestinationConfig");
    let (mut on_success, mut on_failure) = (None, None);
    if let Some(config) = &destinations {
        on_success = destination(config, "OnSuccess");
        on_failure = destination(config, "OnFailure");
        config.finish();
    }
    if retries.is_none() && age.is_none() && destinations.is_none() {
        let message = format!(
            "{}: InvalidParameterValueException: You must specify at least one of error handling or destination setting.",
            properties.path()
        );
        let cure = "Add MaximumRetryAttempts, MaximumEventAgeInSeconds or DestinationConfig.";
        properties.problems().error(node.logical_id_span, message, "says nothing", cure);
    }
    let (Some(function), Some(qualifier)) = (function, qualifier) else {
        return Made::new(maker.generated_name(node));
    };
    let reference = format!("{}|{}", function.value, qualifier.value);
    let place = maker.place(node.logical_id_span, format!("the event invoke config {}", node.logical_id));
    maker.event_invoke.push(EventInvokeDraft {
        path: properties.path().to_owned(),
        function: Named::of(&function),
        qualifier: Named::of(&qualifier),
        retry_attempts_max: retries.and_then(|number| u32::try_from(number).ok()),
        event_age_seconds_max: age.and_then(|number| u32::try_from(number).ok()),
        on_success,
        on_failure,
        place,
    });
    Made::new(reference)
}

/// The ARN of a destination; what is no function is refused by name.
fn destination(config: &Object<'_>, name: &'static str) -> Option<Named> {
    let object = config.object(name)?;
    let text = object.required_text("Destination");
    object.finish();
    let text = text?;
    let service = Arn::parse(&text.value).map(|arn| arn.service.to_owned());
    match service.as_deref() {
        Some("lambda") => Some(Named::of(&text)),
        Some("events" | "s3" | "sns" | "sqs") => {
            object.unsupported_value("Destination", &text);
            None
        }
        _ if text.value.starts_with(INERT_MARK) => None,
        _ => {
            let message = format!(
                "{}: InvalidParameterValueException: The destination ARN {} is invalid.",
                object.path(),
                text.value
            );
            let cure = "Name the ARN of a function: !GetAtt FUNCTION.Arn.";
            config.problems().error(text.span, message, "no ARN of a destination", cure);
            None
        }
    }
}

impl Named {
    fn of(text: &Text<'_>) -> Self {
        Self { text: text.value.to_string(), span: text.span }
    }
}

/// Binds the configurations to their functions and checks the rights of the roles.
pub fn close(maker: &mut Maker<'_>, problems: &Problems) {
    for draft in std::mem::take(&mut maker.event_invoke) {
        if draft.function.text.starts_with(INERT_MARK) {
            continue;
        }
        let Some(config) = bound(&draft, maker, problems) else { continue };
        let mut others = maker.resources.event_invoke_configs.iter();
        if others.any(|other| other.is_for(&config.function, Some(&config.qualifier))) {
            let message = format!(
                "{}: AlreadyExists: {}:{} has an event invoke config already",
                draft.path, config.function, config.qualifier
            );
            let cure = "A function, version or alias has one: put the settings into it.";
            problems.error(draft.qualifier.span, message, "once more", cure);
        }
        maker.resources.event_invoke_configs.push(config);
    }
}

fn bound(draft: &EventInvokeDraft, maker: &Maker<'_>, problems: &Problems) -> Option<EventInvokeConfig> {
    let qualifier = &draft.qualifier.text;
    let mut functions = maker.lambda_functions.iter();
    let function = functions.find(|function| function.is_called(&draft.function.text));
    let qualified =
        function.and_then(|function| function.qualified_arn(&format!("{}:{qualifier}", function.name)));
    let Some(function) = function.filter(|_| qualified.is_some()) else {
        let message = format!(
            "{}: ResourceNotFoundException: The function {}:{qualifier} doesn't exist.",
            draft.path, draft.function.text
        );
        let cure = "Use !Ref to a function of this template, and $LATEST, a version or an alias of it.";
        problems.error(draft.qualifier.span, message, "no such function, version or alias", cure);
        return None;
    };
    let mut told = [&draft.on_success, &draft.on_failure].map(|destination| {
        destination.as_ref().and_then(|named| checked(draft, function, named, maker, problems))
    });
    Some(EventInvokeConfig {
        function: function.name.as_str().into(),
        qualifier: qualifier.as_str().into(),
        retry_attempts_max: draft.retry_attempts_max,
        event_age_seconds_max: draft.event_age_seconds_max,
        on_success: told[0].take(),
        on_failure: told[1].take(),
        place: draft.place,
    })
}

/// The ARN of a destination that is there and may be invoked.
fn checked(
    draft: &EventInvokeDraft,
    function: &LambdaDraft,
    named: &Named,
    maker: &Maker<'_>,
    problems: &Problems,
) -> Option<Box<str>> {
    let refuse = |why: &str, label: &str, cure: &str| {
        let message = format!("{}: InvalidParameterValueException: {why}", draft.path);
        problems.error(named.span, message, label, cure);
    };
    let mut functions = maker.lambda_functions.iter();
    let found = functions.find_map(|other| match other.is_called(&named.text) {
        true => Some((other, other.arn.clone())),
        false => other.qualified_arn(&named.text).map(|arn| (other, arn)),
    });
    let Some((other, arn)) = found else {
        let why = format!("The destination ARN {} is invalid.", named.text);
        refuse(&why, "no such function", "Name a function of this template: !GetAtt FUNCTION.Arn.");
        return None;
    };
    if other.name == function.name {
        let why = "You can't specify the function as a destination for itself.";
        refuse(why, "the function itself", "Name another function.");
        return None;
    }
    match role(&maker.resources.identities, &function.role) {
        None => {
            let message = format!(
                "{}: the role {} is none of this template: whether it may invoke {arn} is not known",
                draft.path, function.role
            );
            problems.warning(named.span, message, "AWS asks the policies of the role", "");
        }
        Some(role) if !may_invoke(role, &arn) => {
            let why = format!(
                "The function's execution role does not have permissions to call InvokeFunction on {arn}"
            );
            let cure = "Allow lambda:InvokeFunction on it in a policy of the function's role.";
            refuse(&why, "not allowed", cure);
            return None;
        }
        Some(_) => {}
    }
    Some(arn.into())
}

fn role<'a>(identities: &'a Identities, name: &str) -> Option<&'a Identity> {
    let found = identities.find(name).and_then(|index| identities.all.get(index));
    found.filter(|identity| identity.kind == IdentityKind::Role)
}

fn may_invoke(role: &Identity, function_arn: &str) -> bool {
    let (session, id) = (role.caller_arn(Some(SESSION)), role.caller_id(Some(SESSION)));
    let request = Request {
        principal: principal(role, &session),
        action: "lambda:InvokeFunction",
        resource: function_arn,
        context: &role.caller_keys(&id),
    };
    judge(role, None, &request).outcome == Outcome::Allow
}

/// The name of the session in which Lambda checks a role.
const SESSION: &str = "awslambda";
