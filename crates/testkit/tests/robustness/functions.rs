//! A thousand calls of a function at once.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use frontgate_testkit::Folder;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::stage::{PATIENCE, Site, Viewer};

/// The concurrent executions of an account.
const CALLS: usize = 1_000;
/// Connections of a call that are files of this process: that of the viewer and that of the function.
const FILES_PER_CALL: u64 = 2;
/// Files that this process has open besides, generously.
const OTHER_FILES: u64 = 200;

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod, EndpointConfiguration: {Type: REGIONAL}}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: any
      CodeUri: ${Code}
      Timeout: 29
      Environment: {Variables: {MEETING: '${Meeting}'}}
      Events:
        Call: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /call, Method: get}}
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Aliases: [www.example.com]
        Origins:
          - Id: api
            DomainName: !Sub ${Api}.execute-api.${AWS::Region}.amazonaws.com
            OriginPath: /prod
            CustomOriginConfig: {OriginProtocolPolicy: https-only}
        DefaultCacheBehavior:
          TargetOriginId: api
          ViewerProtocolPolicy: allow-all
          CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad # Managed-CachingDisabled
          OriginRequestPolicyId: b689b0a8-53d0-40ab-baf2-68738e2966ac # Managed-AllViewerExceptHostHeader
";

/// As many calls as this process may have connections for, at most [`CALLS`].
fn calls() -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("up to the hard limit");
    let allowed = maximum.unwrap_or(u64::MAX).saturating_sub(OTHER_FILES) / FILES_PER_CALL;
    let calls = CALLS.min(usize::try_from(allowed).unwrap_or(usize::MAX));
    if calls < CALLS {
        println!("the hard limit of open files allows {calls} calls instead of {CALLS}");
    }
    calls
}

/// No function goes on before all of them run: as many processes as calls.
#[test]
fn a_thousand_calls_at_once_have_each_its_own_answer() {
    let calls = calls();
    let meeting = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    meeting.set_nonblocking(true).expect("a socket has that option");
    let code = Folder::make().expect("a folder");
    std::fs::copy(env!("CARGO_BIN_EXE_frontgate-test-function"), code.path().join("bootstrap"))
        .expect("the function is copied");
    let address = meeting.local_addr().expect("it is bound").to_string();
    let template =
        TEMPLATE.replace("${Code}", &code.path().display().to_string()).replace("${Meeting}", &address);
    let site = Site::with(&template, &["--quiet"]);
    // Each time a quarter of the processes has to start, within what an integration may take, and the others are there.
    for round in 1..=4 {
        let calls = calls * round / 4;
        let mut viewers: Vec<(Viewer, String)> = (0..calls)
            .map(|number| {
                let (mut viewer, nonce) = (site.viewer(), format!("{round}-{number}"));
                viewer.say(&format!("GET /call?nonce={nonce} HTTP/1.1\r\nHost: www.example.com\r\n\r\n"));
                (viewer, nonce)
            })
            .collect();
        let arrived = arrivals(&meeting, calls);
        if arrived.len() < calls {
            let first = viewers[0].0.answer();
            panic!("{} of {calls} run at the same time; the first is answered {first:?}", arrived.len());
        }
        for mut arrival in arrived {
            arrival.write_all(b"!").expect("the function waits");
        }
        for (viewer, nonce) in &mut viewers {
            let answer = viewer.answer();
            assert_eq!((answer.status, answer.body.as_str()), (200, nonce.as_str()), "{answer:?}");
        }
    }
}

/// The connections of functions: so many, or those that came while anybody had patience.
fn arrivals(meeting: &TcpListener, count: usize) -> Vec<TcpStream> {
    let until = Instant::now() + PATIENCE;
    let mut arrived = Vec::with_capacity(count);
    while arrived.len() < count && Instant::now() < until {
        match meeting.accept() {
            Ok((stream, _)) => arrived.push(stream),
            Err(_) => std::thread::park_timeout(Duration::from_millis(1)),
        }
    }
    arrived
}
