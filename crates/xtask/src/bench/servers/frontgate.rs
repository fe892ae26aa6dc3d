//! frontgate with one worker, as `frontgate up --quiet` runs it: all of AWS's rules, all facts recorded.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use super::{LOG, Name, Running, Server, Setup, log, serving, write};
use crate::Failure;
use crate::bench::load::HOST;

/// In one sentence.
pub const HOW: &str = "one worker, cache in memory, managed policies CachingOptimizedForUncompressedObjects and \
                       CachingDisabled, all facts recorded";

/// Starts it with the template of the benchmark.
pub fn start(setup: &Setup, place: &Path) -> Result<Server, Failure> {
    write(&place.join("template.yaml"), &TEMPLATE.replace("${Origin.Port}", &setup.origin.to_string()))?;
    let certificate = format!("{HOST}={},{}", setup.certificate.display(), setup.key.display());
    let mut child = Running::start(
        serving(&setup.binary)
            .args(["up", "template.yaml", "--json", "--quiet", "--workers", "1", "--http", "127.0.0.1:0"])
            .args(["--https", "127.0.0.1:0", "--state", "state", "--certificate", &certificate])
            .current_dir(place)
            .stdout(Stdio::piped())
            .stderr(log(&place.join(LOG))?),
    )?;
    let [http, https] = addresses(&mut child, &place.join(LOG))?;
    Ok(Server { name: Name::Frontgate, http, https: Some(https), child })
}

/// Where it speaks HTTP and TLS, once it is ready.
pub fn addresses(child: &mut Running, log: &Path) -> Result<[SocketAddr; 2], Failure> {
    let line = child.first_line().map_err(|Failure(why)| {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        Failure(format!("frontgate: {why}\n{said}"))
    })?;
    let ready: serde_json::Value =
        serde_json::from_str(&line).map_err(|_| Failure(format!("frontgate said {line:?}")))?;
    let address = |name: &str| {
        let url = ready["endpoints"][name].as_str().unwrap_or_default();
        url.rsplit('/')
            .next()
            .unwrap_or_default()
            .parse()
            .map_err(|_| Failure(format!("frontgate's ready line has no {name} endpoint: {line}")))
    };
    Ok([address("http")?, address("https")?])
}

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      EndpointConfiguration: {Type: REGIONAL}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async () => ({ statusCode: 200, body: 'hello' });
      Events:
        Call:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /api/{proxy+}
            Method: get
  Certificate:
    Type: AWS::CertificateManager::Certificate
    Properties:
      DomainName: bench.example.com
      ValidationMethod: DNS
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        HttpVersion: http2
        Aliases: [bench.example.com]
        ViewerCertificate:
          AcmCertificateArn: !Ref Certificate
          SslSupportMethod: sni-only
          MinimumProtocolVersion: TLSv1.2_2021
        Origins:
          - Id: files
            DomainName: localhost
            CustomOriginConfig:
              HTTPPort: ${Origin.Port}
              OriginProtocolPolicy: http-only
          - Id: api
            DomainName: !Sub ${Api}.execute-api.${AWS::Region}.amazonaws.com
            OriginPath: /prod
            CustomOriginConfig:
              OriginProtocolPolicy: https-only
        DefaultCacheBehavior:
          TargetOriginId: files
          ViewerProtocolPolicy: allow-all
          CachePolicyId: b2884449-e4de-46a7-ac36-70bc7f1ddd6d # Managed-CachingOptimizedForUncompressedObjects
        CacheBehaviors:
          - PathPattern: /pass/*
            TargetOriginId: files
            ViewerProtocolPolicy: allow-all
            CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad # Managed-CachingDisabled
          - PathPattern: /api/*
            TargetOriginId: api
            ViewerProtocolPolicy: allow-all
            CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad # Managed-CachingDisabled
            OriginRequestPolicyId: b689b0a8-53d0-40ab-baf2-68738e2966ac # Managed-AllViewerExceptHostHeader
";
