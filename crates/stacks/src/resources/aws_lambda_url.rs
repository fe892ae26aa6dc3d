//! `AWS::Lambda::Url`: an https endpoint of a function.

use frontgate_aws::ids;
use frontgate_explain::PlaceId;
use frontgate_gateway_rules::{AuthType, FunctionUrl, InvokeMode, UrlCors};
use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::{INERT_MARK, Object, Text};

/// Makes a function URL.
pub fn make(node: &ResourceNode, properties: &Object<'_>, maker: &mut Maker<'_>) -> Made {
    let id = ids::function_url_id(&maker.seed(&node.logical_id));
    let region = maker.context.region.clone();
    let target = properties.required_text("TargetFunctionArn");
    properties.require("AuthType");
    let auth_type = properties.choice("AuthType", &[("AWS_IAM", AuthType::AwsIam), ("NONE", AuthType::None)]);
    let invoke_mode = properties.choice(
        "InvokeMode",
        &[("BUFFERED", InvokeMode::Buffered), ("RESPONSE_STREAM", InvokeMode::ResponseStream)],
    );
    let qualifier = properties.text("Qualifier");
    let shown = node.made_by.as_ref().unwrap_or(&node.logical_id).clone();
    let cors_place = match properties.node("Cors") {
        Some(cors) => maker.place(cors.span, format!("Cors of the function URL of {shown}")),
        None => PlaceId::NONE,
    };
    let cors = properties.object("Cors").map(|cors| read_cors(&cors));
    let place = maker.place(node.logical_id_span, format!("the function URL {}", node.logical_id));
    let url = format!("https://{id}.lambda-url.{region}.on.aws/");
    let Some(target) = target else { return Made::new("").with("FunctionUrl", url) };
    let Some((name, arn)) = called(&target.value, qualifier.as_ref(), maker) else {
        if !target.value.starts_with(INERT_MARK) {
            let qualifier = qualifier.map_or_else(String::new, |qualifier| format!(":{}", qualifier.value));
            properties.problems().error(
                target.span,
                format!(
                    "{}.TargetFunctionArn: Function not found: {}{qualifier}",
                    node.logical_id, target.value
                ),
                "ResourceNotFoundException",
                "Name a function of this template with !GetAtt FUNCTION.Arn, or an alias of it with !Ref ALIAS.",
            );
        }
        return Made::new(target.value).with("FunctionUrl", url);
    };
    if maker.resources.function_urls.iter().any(|other| other.function_arn == arn) {
        properties.problems().error(
            target.span,
            format!(
                "{}: ResourceConflictException: Failed to create function url config for [functionArn = {arn}]. Error \
                 message:  FunctionUrlConfig exists for this Lambda function",
                node.logical_id
            ),
            "ResourceConflictException",
            "A function and each of its aliases have one URL: remove the other one.",
        );
    }
    if let Some(auth_type) = auth_type {
        maker.resources.function_urls.push(FunctionUrl {
            id: id.into(),
            region: region.into(),
            function_name: name,
            function_arn: arn.clone(),
            auth_type,
            invoke_mode: invoke_mode.unwrap_or_default(),
            cors,
            cors_place,
            place,
        });
    }
    Made::new(&*arn).with("FunctionArn", &*arn).with("FunctionUrl", url)
}

/// The name and the ARN of the function, or of the alias of it: a URL is of no version.
fn called(target: &str, qualifier: Option<&Text<'_>>, maker: &Maker<'_>) -> Option<(Box<str>, Box<str>)> {
    let named = match qualifier {
        Some(qualifier) => format!("{target}:{}", qualifier.value),
        None => target.to_owned(),
    };
    maker.lambda_functions.iter().find_map(|draft| {
        let is_alias = |arn: &String| draft.aliases.iter().any(|alias| arn.ends_with(&format!(":{alias}")));
        let arn = if draft.is_called(&named) {
            draft.arn.clone()
        } else {
            draft.qualified_arn(&named).filter(is_alias)?
        };
        Some((draft.name.as_str().into(), arn.into()))
    })
}

fn read_cors(cors: &Object<'_>) -> UrlCors {
    let list = |name: &'static str| -> Vec<Box<str>> {
        cors.texts(name).into_iter().map(|text| text.value.as_ref().into()).collect()
    };
    for method in cors.texts("AllowMethods") {
        if !METHODS.contains(&&*method.value) {
            let message = format!("{}.AllowMethods: `{}` is not a valid value", cors.path(), method.value);
            let cure = format!("Use one of: {}.", METHODS.join(", "));
            cors.problems().error(method.span, message, "not a valid value", cure);
        }
    }
    let max_age = cors.number("MaxAge", 0..=86_400);
    let made = UrlCors {
        allow_credentials: cors.flag("AllowCredentials").unwrap_or(false),
        allow_headers: list("AllowHeaders"),
        allow_methods: list("AllowMethods"),
        allow_origins: list("AllowOrigins"),
        expose_headers: list("ExposeHeaders"),
        max_age_seconds: max_age.and_then(|seconds| u32::try_from(seconds).ok()),
    };
    cors.finish();
    made
}

/// The allowed values of `Cors.AllowMethods`; OPTIONS is answered by the URL itself.
const METHODS: [&str; 7] = ["*", "DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"];
