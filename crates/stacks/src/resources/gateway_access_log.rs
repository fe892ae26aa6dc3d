//! `AccessLogSetting` of a stage: which log group, and what a line says.

use frontgate_aws::Arn;
use frontgate_gateway_rules::access_log::{AccessLogFormat, AccessLogSetting};

use crate::maker::Maker;
use crate::properties::Object;

/// Reads the setting of a stage; `name` is that of the property.
pub fn access_log(
    properties: &Object<'_>,
    name: &'static str,
    maker: &mut Maker<'_>,
) -> Option<AccessLogSetting> {
    let setting = properties.object(name)?;
    let destination = setting.required_text("DestinationArn");
    let format = setting.required_text("Format");
    let made = destination.zip(format).and_then(|(destination, format)| {
        let arn = Arn::parse(&destination.value);
        let log_group = arn.as_ref().filter(|arn| arn.service == "logs");
        let log_group = log_group.and_then(|arn| arn.resource.strip_prefix("log-group:"));
        let log_group =
            log_group.map(|name| name.strip_suffix(":*").unwrap_or(name)).filter(|n| !n.is_empty());
        if log_group.is_none() {
            let is_stream = arn.as_ref().is_some_and(|arn| arn.service == "firehose");
            let (what, cure) = if is_stream {
                ("Firehose does not run here", "Name a log group of CloudWatch Logs.")
            } else {
                ("BadRequestException: Invalid ARN specified in the request", "Write !GetAtt LOGGROUP.Arn.")
            };
            let message = format!("{}.DestinationArn: {what}", setting.path());
            setting.problems().error(destination.span, message, "no log group", cure);
        }
        let place = maker.place(setting.span(), "its access log".to_owned());
        match AccessLogFormat::parse(&format.value) {
            Ok(format) => Some(AccessLogSetting { log_group: log_group?.into(), format, place }),
            Err(why) => {
                let message = format!("{}.Format: BadRequestException: {why}", setting.path());
                setting.problems().error(format.span, message, "not valid", "Correct the format.");
                None
            }
        }
    });
    setting.finish();
    made
}
