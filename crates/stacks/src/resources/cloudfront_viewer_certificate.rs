//! `ViewerCertificate` of a distribution.

use frontgate_edge_rules::tables::security_policies::{self, MinimumVersion};
use frontgate_edge_rules::validate::Violation;
use frontgate_edge_rules::viewer_certificate::{
    ViewerCertificate, alias_not_covered, certificate_arn, covers, no_certificate,
};
use frontgate_template::Span;

use crate::maker::Maker;
use crate::properties::{INERT_MARK, Object, Text};

/// The certificate of a distribution with those alternate domain names.
pub fn viewer_certificate(config: &Object<'_>, aliases: &[Box<str>], maker: &Maker<'_>) -> ViewerCertificate {
    let Some(object) = config.object("ViewerCertificate") else {
        tell_no_certificate(config, config.span_of("Aliases"), aliases, maker);
        return ViewerCertificate::default();
    };
    let default = object.flag("CloudFrontDefaultCertificate") == Some(true);
    let arn = object.text("AcmCertificateArn");
    ssl_support_method(&object);
    let policy = minimum_protocol(&object);
    object.unsupported(&["IamCertificateId"]);
    object.finish();
    let Some(arn) = arn else {
        if default || object.span_of("IamCertificateId") != object.span() {
            tell_no_certificate(config, object.span(), aliases, maker);
        } else {
            let message = format!("{}: InvalidViewerCertificate: no certificate is named", object.path());
            let cure = "Name AcmCertificateArn, or set CloudFrontDefaultCertificate: true.";
            object.problems().error(object.span(), message, "InvalidViewerCertificate", cure);
        }
        return ViewerCertificate::default();
    };
    let names = names(&object, &arn, aliases, maker);
    let security_policy = policy.unwrap_or(security_policies::OF_DEFAULT_CERTIFICATE);
    ViewerCertificate { names, security_policy }
}

/// The names of the certificate, where it is one of this template.
fn names(object: &Object<'_>, arn: &Text<'_>, aliases: &[Box<str>], maker: &Maker<'_>) -> Vec<Box<str>> {
    if arn.value.starts_with(INERT_MARK) {
        return Vec::new();
    }
    if let Some(violation) = certificate_arn(&arn.value) {
        let cure = "Make the certificate in us-east-1: deploy a stack of its own there, or start with --region us-east-1.";
        refuse(object, arn.span, &violation, cure);
        return Vec::new();
    }
    let Some(certificate) = maker.certificates.iter().find(|certificate| certificate.arn == *arn.value)
    else {
        if !aliases.iter().all(|alias| covers(maker.user_certificates, alias)) {
            object.problems().warning(
                arn.span,
                format!("{}.AcmCertificateArn: the local certificate authority signs instead", object.path()),
                "a certificate of the local authority is served",
                "Nothing to do: run `frontgate trust` to trust it, or name a certificate of your own by --certificate.",
            );
        }
        return Vec::new();
    };
    for alias in aliases {
        if let Some(violation) = alias_not_covered(&certificate.names, alias) {
            let cure = "Add it to SubjectAlternativeNames of the certificate, or remove the alias.";
            refuse(object, arn.span, &violation, cure);
        }
    }
    certificate.names.clone()
}

fn refuse(object: &Object<'_>, span: Span, violation: &Violation, cure: &str) {
    let message = format!("{}: {}: {}", object.path(), violation.code, violation.message);
    object.problems().error(span, message, violation.code, cure);
}

/// CloudFront takes no alternate domain name without a certificate. Here nothing hangs on it: the local authority signs.
fn tell_no_certificate(config: &Object<'_>, span: Span, aliases: &[Box<str>], maker: &Maker<'_>) {
    if aliases.is_empty() || aliases.iter().all(|alias| covers(maker.user_certificates, alias)) {
        return;
    }
    let violation = no_certificate();
    config.problems().warning(
        span,
        format!("{}: CloudFront refuses this, {}: {}", config.path(), violation.code, violation.message),
        "these names have no certificate",
        "Here the local authority signs. For AWS add ViewerCertificate with AcmCertificateArn.",
    );
}

fn ssl_support_method(object: &Object<'_>) {
    let Some(method) = object.text("SslSupportMethod") else { return };
    match &*method.value {
        "sni-only" => {}
        // They give the distribution IP addresses of its own.
        "vip" | "static-ip" => object.unsupported_value("SslSupportMethod", &method),
        other => {
            let message = format!("{}.SslSupportMethod: `{other}` is not a valid value", object.path());
            object.problems().error(method.span, message, "not a valid value", "Use sni-only.");
        }
    }
}

/// The security policy. What is older than TLS 1.2 is never served: no viewer of today needs it.
fn minimum_protocol(object: &Object<'_>) -> Option<&'static security_policies::SecurityPolicy> {
    let text = object.text("MinimumProtocolVersion")?;
    let Some(policy) = security_policies::find(&text.value) else {
        let message = format!(
            "{}.MinimumProtocolVersion: InvalidMinimumProtocolVersion: `{}` is unknown",
            object.path(),
            text.value
        );
        object.problems().error(text.span, message, "unknown", "Use TLSv1.2_2021.");
        return None;
    };
    if !policy.sni_only {
        let message = format!(
            "{}.MinimumProtocolVersion: InvalidMinimumProtocolVersion: {} needs IP addresses of the distribution's own",
            object.path(),
            policy.name
        );
        object.problems().error(text.span, message, "not with sni-only", "Use TLSv1.2_2021.");
    } else if policy.minimum < MinimumVersion::Tls12 {
        object.problems().warning(
            text.span,
            format!("{}: TLS 1.2 and 1.3 are served, never older versions", object.path()),
            "obsolete",
            "Use TLSv1.2_2021.",
        );
    }
    Some(policy)
}

/// A name as certificates and alternate domain names have it; its first label may be an asterisk.
pub fn is_domain_name(name: &str) -> bool {
    let rest = name.strip_prefix("*.").unwrap_or(name);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    rest.contains('.') && name.len() <= 253 && rest.split('.').all(label)
}

#[cfg(test)]
mod tests {
    #[test]
    fn aliases_are_domain_names() {
        for (name, valid) in [
            ("www.example.com", true),
            ("*.example.com", true),
            ("example", false),
            ("a.*.com", false),
            ("-a.com", false),
            ("a..com", false),
        ] {
            assert_eq!(super::is_domain_name(name), valid, "{name}");
        }
    }
}
