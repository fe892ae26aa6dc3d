//! The resource types that can be made: one file each, one row each.

mod aws_apigateway_account;
mod aws_apigateway_apikey;
mod aws_apigateway_authorizer;
mod aws_apigateway_basepathmapping;
mod aws_apigateway_clientcertificate;
mod aws_apigateway_deployment;
mod aws_apigateway_documentation;
mod aws_apigateway_domainname;
mod aws_apigateway_gatewayresponse;
mod aws_apigateway_method;
mod aws_apigateway_model;
mod aws_apigateway_requestvalidator;
mod aws_apigateway_resource;
mod aws_apigateway_restapi;
mod aws_apigateway_stage;
mod aws_apigateway_usageplan;
mod aws_apigateway_vpclink;
mod aws_apigatewayv2_api;
mod aws_apigatewayv2_apigatewaymanagedoverrides;
mod aws_apigatewayv2_apimapping;
mod aws_apigatewayv2_authorizer;
mod aws_apigatewayv2_domainname;
mod aws_apigatewayv2_integration;
mod aws_apigatewayv2_route;
mod aws_apigatewayv2_routingrule;
mod aws_apigatewayv2_stage;
mod aws_apigatewayv2_vpclink;
pub mod aws_certificatemanager_certificate;
mod aws_cloudfront_cachepolicy;
mod aws_cloudfront_distribution;
pub mod aws_cloudfront_function;
mod aws_cloudfront_keygroup;
mod aws_cloudfront_keyvaluestore;
pub mod aws_cloudfront_originaccesscontrol;
mod aws_cloudfront_originaccessidentity;
mod aws_cloudfront_originrequestpolicy;
mod aws_cloudfront_publickey;
mod aws_cloudfront_responseheaderspolicy;
mod aws_cognito_userpool;
mod aws_iam_policy;
mod aws_iam_role;
mod aws_iam_user;
mod aws_lambda_alias;
pub mod aws_lambda_eventinvokeconfig;
mod aws_lambda_function;
pub mod aws_lambda_layerversion;
mod aws_lambda_layerversionpermission;
mod aws_lambda_permission;
mod aws_lambda_resourcepolicy;
mod aws_lambda_url;
mod aws_lambda_version;
mod aws_logs_loggroup;
mod aws_route53_hostedzone;
pub mod aws_route53_recordset;
mod aws_s3_bucket;
mod aws_s3_bucketpolicy;
mod cdk_assets;
mod cloudfront_behavior;
mod cloudfront_functions;
mod cloudfront_geo_restriction;
mod cloudfront_lambda_functions;
pub mod cloudfront_logging;
mod cloudfront_origin;
mod cloudfront_origin_group;
mod cloudfront_selection;
mod cloudfront_signers;
mod cloudfront_viewer_certificate;
mod gateway_access_log;
mod gateway_body;
mod gateway_canary;
mod gateway_deployments;
pub mod gateway_domain_names;
mod gateway_import;
mod gateway_mutual_tls;
mod gateway_security_policy;
pub(crate) mod gateway_stage_settings;
mod gateway_throttles;
pub mod gateway_usage_plans;
pub mod http_api_parts;
mod http_deployments;
mod iam_beside_requests;
pub mod iam_identities;
pub mod lambda_drafts;
mod lambda_settings;
pub mod refused;
pub mod rest_api_parts;
mod route53_alias_zones;
mod route53_value;
mod route53_zones;
mod s3_ownership;
mod s3_website;

use frontgate_template::ResourceNode;

use crate::maker::{Made, Maker};
use crate::properties::{Object, Problems, nearest};

/// Makes one resource from its resolved properties.
pub type Handler = fn(&ResourceNode, &Object<'_>, &mut Maker<'_>) -> Made;

/// The handler of a resource type.
pub fn handler(kind: &str) -> Option<Handler> {
    HANDLERS.iter().find(|(name, _)| *name == kind).map(|(_, handler)| *handler)
}

/// The nearest type that can be made, for a type that is misspelt.
pub fn nearest_kind(kind: &str) -> Option<&'static str> {
    let names: Vec<&str> = HANDLERS.iter().map(|(name, _)| *name).collect();
    nearest(kind, &names).filter(|name| name.split("::").nth(1) == kind.split("::").nth(1))
}

/// Closes what is put together from several resources.
pub fn close(maker: &mut Maker<'_>, problems: &Problems) {
    gateway_stage_settings::close(maker, problems);
    rest_api_parts::close(maker, problems);
    gateway_usage_plans::close(maker, problems);
    http_api_parts::close(maker, problems);
    gateway_domain_names::close(maker, problems);
    route53_zones::close(maker, problems);
    cloudfront_logging::close(maker, problems);
    aws_lambda_version::close(maker);
    iam_identities::close(maker, problems);
    aws_lambda_eventinvokeconfig::close(maker, problems);
}

const HANDLERS: &[(&str, Handler)] = &[
    ("AWS::ApiGateway::Account", aws_apigateway_account::make),
    ("AWS::ApiGateway::ApiKey", aws_apigateway_apikey::make),
    ("AWS::ApiGateway::Authorizer", aws_apigateway_authorizer::make),
    ("AWS::ApiGateway::BasePathMapping", aws_apigateway_basepathmapping::make),
    ("AWS::ApiGateway::ClientCertificate", aws_apigateway_clientcertificate::make),
    ("AWS::ApiGateway::Deployment", aws_apigateway_deployment::make),
    ("AWS::ApiGateway::DocumentationPart", aws_apigateway_documentation::make_part),
    ("AWS::ApiGateway::DocumentationVersion", aws_apigateway_documentation::make_version),
    ("AWS::ApiGateway::DomainName", aws_apigateway_domainname::make),
    ("AWS::ApiGateway::GatewayResponse", aws_apigateway_gatewayresponse::make),
    ("AWS::ApiGateway::Method", aws_apigateway_method::make),
    ("AWS::ApiGateway::Model", aws_apigateway_model::make),
    ("AWS::ApiGateway::RequestValidator", aws_apigateway_requestvalidator::make),
    ("AWS::ApiGateway::Resource", aws_apigateway_resource::make),
    ("AWS::ApiGateway::RestApi", aws_apigateway_restapi::make),
    ("AWS::ApiGateway::Stage", aws_apigateway_stage::make),
    ("AWS::ApiGateway::UsagePlan", aws_apigateway_usageplan::make),
    ("AWS::ApiGateway::UsagePlanKey", aws_apigateway_usageplan::make_key),
    ("AWS::ApiGateway::VpcLink", aws_apigateway_vpclink::make),
    ("AWS::ApiGatewayV2::Api", aws_apigatewayv2_api::make),
    ("AWS::ApiGatewayV2::ApiGatewayManagedOverrides", aws_apigatewayv2_apigatewaymanagedoverrides::make),
    ("AWS::ApiGatewayV2::ApiMapping", aws_apigatewayv2_apimapping::make),
    ("AWS::ApiGatewayV2::Authorizer", aws_apigatewayv2_authorizer::make),
    ("AWS::ApiGatewayV2::Deployment", aws_apigatewayv2_stage::make_deployment),
    ("AWS::ApiGatewayV2::DomainName", aws_apigatewayv2_domainname::make),
    ("AWS::ApiGatewayV2::Integration", aws_apigatewayv2_integration::make),
    ("AWS::ApiGatewayV2::Route", aws_apigatewayv2_route::make),
    ("AWS::ApiGatewayV2::RoutingRule", aws_apigatewayv2_routingrule::make),
    ("AWS::ApiGatewayV2::Stage", aws_apigatewayv2_stage::make),
    ("AWS::ApiGatewayV2::VpcLink", aws_apigatewayv2_vpclink::make),
    ("AWS::CertificateManager::Certificate", aws_certificatemanager_certificate::make),
    ("AWS::CloudFront::CachePolicy", aws_cloudfront_cachepolicy::make),
    ("AWS::CloudFront::CloudFrontOriginAccessIdentity", aws_cloudfront_originaccessidentity::make),
    ("AWS::CloudFront::Distribution", aws_cloudfront_distribution::make),
    ("AWS::CloudFront::Function", aws_cloudfront_function::make),
    ("AWS::CloudFront::KeyGroup", aws_cloudfront_keygroup::make),
    ("AWS::CloudFront::KeyValueStore", aws_cloudfront_keyvaluestore::make),
    ("AWS::CloudFront::OriginAccessControl", aws_cloudfront_originaccesscontrol::make),
    ("AWS::CloudFront::OriginRequestPolicy", aws_cloudfront_originrequestpolicy::make),
    ("AWS::CloudFront::PublicKey", aws_cloudfront_publickey::make),
    ("AWS::CloudFront::ResponseHeadersPolicy", aws_cloudfront_responseheaderspolicy::make),
    ("AWS::Cognito::UserPool", aws_cognito_userpool::make),
    ("AWS::Cognito::UserPoolClient", aws_cognito_userpool::make_client),
    ("AWS::IAM::AccessKey", aws_iam_user::make_access_key),
    ("AWS::IAM::Group", aws_iam_user::make_group),
    ("AWS::IAM::GroupPolicy", aws_iam_policy::make_group_policy),
    ("AWS::IAM::InstanceProfile", iam_beside_requests::make_instance_profile),
    ("AWS::IAM::ManagedPolicy", aws_iam_policy::make_managed),
    ("AWS::IAM::OIDCProvider", iam_beside_requests::make_oidc_provider),
    ("AWS::IAM::Policy", aws_iam_policy::make),
    ("AWS::IAM::Role", aws_iam_role::make),
    ("AWS::IAM::RolePolicy", aws_iam_policy::make_role_policy),
    ("AWS::IAM::SAMLProvider", iam_beside_requests::make_saml_provider),
    ("AWS::IAM::ServerCertificate", iam_beside_requests::make_server_certificate),
    ("AWS::IAM::ServiceLinkedRole", iam_beside_requests::make_service_linked_role),
    ("AWS::IAM::User", aws_iam_user::make),
    ("AWS::IAM::UserPolicy", aws_iam_policy::make_user_policy),
    ("AWS::IAM::UserToGroupAddition", aws_iam_user::make_membership),
    ("AWS::IAM::VirtualMFADevice", iam_beside_requests::make_virtual_mfa_device),
    ("AWS::Lambda::Alias", aws_lambda_alias::make),
    ("AWS::Lambda::EventInvokeConfig", aws_lambda_eventinvokeconfig::make),
    ("AWS::Lambda::Function", aws_lambda_function::make),
    ("AWS::Lambda::LayerVersion", aws_lambda_layerversion::make),
    ("AWS::Lambda::LayerVersionPermission", aws_lambda_layerversionpermission::make),
    ("AWS::Lambda::Permission", aws_lambda_permission::make),
    ("AWS::Lambda::ResourcePolicy", aws_lambda_resourcepolicy::make),
    ("AWS::Lambda::Url", aws_lambda_url::make),
    ("AWS::Lambda::Version", aws_lambda_version::make),
    ("AWS::Logs::LogGroup", aws_logs_loggroup::make),
    ("AWS::Route53::HostedZone", aws_route53_hostedzone::make),
    ("AWS::Route53::RecordSet", aws_route53_recordset::make),
    ("AWS::Route53::RecordSetGroup", aws_route53_recordset::make_group),
    ("AWS::S3::Bucket", aws_s3_bucket::make),
    ("AWS::S3::BucketPolicy", aws_s3_bucketpolicy::make),
];

#[cfg(test)]
mod tests {
    use super::HANDLERS;

    #[test]
    fn the_table_is_sorted() {
        assert!(HANDLERS.is_sorted_by_key(|(name, _)| *name));
    }
}
