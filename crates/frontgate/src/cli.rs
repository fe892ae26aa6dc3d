//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use frontgate_message::CountryCode;

use crate::viewer_locations::country;

use crate::certificates::CertificateFiles;

/// Run "CloudFront in front of S3 and API Gateway + Lambda, one domain" on this machine.
#[derive(Debug, Parser)]
#[command(
    name = "frontgate",
    version,
    about = "CloudFront in front of S3, API Gateway and Lambda, from your template, on this machine.",
    long_about = "frontgate takes the CloudFormation or SAM template that you would deploy and serves it here:\n\
                  the same behaviors, cache and policies, the same statuses, headers and bodies, mistakes included,\n\
                  and a reason for every answer.",
    after_long_help = EXAMPLES,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a template until Ctrl-C.
    Up(Box<Up>),
    /// Say why an answer is what it is.
    #[command(after_long_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Print the keys of a user, a role or the account's root, to sign requests with.
    #[command(after_long_help = CREDENTIALS_EXAMPLES)]
    Credentials(Credentials),
    /// Print the OpenAPI document of a stage of an API.
    #[command(after_long_help = EXPORT_EXAMPLES)]
    Export(Export),
    /// Try a CloudFront Function.
    Function(Function),
    /// Write the access logs of a running server to their files now.
    FlushLogs(FlushLogs),
    /// Remove objects from the edge cache.
    #[command(after_long_help = INVALIDATE_EXAMPLES)]
    Invalidate(Invalidate),
    /// Print how to trust the local certificate authority.
    Trust(Trust),
    /// Advance the clock of a server that was started with --test-clock.
    #[command(hide = true)]
    Clock(Clock),
}

/// `frontgate up`
#[derive(Debug, Args)]
pub struct Up {
    /// The CloudFormation or SAM template, YAML or JSON.
    pub template: PathBuf,
    /// Name of the stack [default: the name of the template's folder].
    #[arg(long, value_name = "NAME")]
    pub stack_name: Option<String>,
    /// Value of a template parameter; may be given several times.
    #[arg(long = "parameter", short = 'p', value_name = "NAME=VALUE", value_parser = pair)]
    pub parameters: Vec<(String, String)>,
    /// Folder with the objects of a bucket, by its logical id or name; may be given several times.
    #[arg(long = "bucket", value_name = "NAME=FOLDER", value_parser = pair)]
    pub buckets: Vec<(String, String)>,
    /// Certificate of your own for these names, a chain and its key in PEM files; may be given several times.
    #[arg(
        long = "certificate",
        value_name = "NAME[,NAME]=CHAIN.pem,KEY.pem",
        value_parser = CertificateFiles::parse
    )]
    pub certificates: Vec<CertificateFiles>,
    /// Key set (JWKS) of an issuer whose tokens JWT authorizers check, instead of the one that it publishes; may be given
    /// several times.
    #[arg(long = "jwks", value_name = "ISSUER=FILE", value_parser = pair)]
    pub key_sets: Vec<(String, String)>,
    /// Region that the stack lives in.
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    pub region: String,
    /// Address for http; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = address)]
    pub http: SocketAddr,
    /// Address for https; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8443", value_parser = address)]
    pub https: SocketAddr,
    /// Address to answer DNS queries at, over UDP and TCP: the template's Route 53 zones and the AWS names that are
    /// served here; port 0 takes any free one [default: no DNS].
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    pub dns: Option<SocketAddr>,
    /// Leave what is not implemented without effect, and say so, instead of refusing the template; what protects
    /// something (an authorizer, an API key, a web ACL, signers) is refused all the same.
    #[arg(long)]
    pub allow_unsupported: bool,
    /// Start functions as they are, instead of keeping each apart from your files, from its neighbors and from
    /// everything else.
    #[arg(long)]
    pub no_sandbox: bool,
    /// Print JSON lines instead of text.
    #[arg(long)]
    pub json: bool,
    /// Print no line per request.
    #[arg(long, short)]
    pub quiet: bool,
    /// Worker threads [default: one per core].
    #[arg(long, value_name = "COUNT")]
    pub workers: Option<usize>,
    /// Memory of the edge cache in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 512)]
    pub cache_memory: u64,
    /// Additional certificate authorities (PEM) to trust at custom origins.
    #[arg(long = "origin-ca", value_name = "FILE")]
    pub origin_authorities: Vec<PathBuf>,
    /// MaxMind database (.mmdb) that tells where viewers are; may be given several times.
    #[arg(long = "geo-database", value_name = "FILE")]
    pub geo_databases: Vec<PathBuf>,
    /// Country of the viewers on this machine, a two-letter code.
    #[arg(long, value_name = "CODE", value_parser = country)]
    pub viewer_country: Option<CountryCode>,
    /// Folder for the standard access logs of all distributions, besides those that the template asks for.
    #[arg(long, value_name = "FOLDER")]
    pub access_log: Option<PathBuf>,
    /// File for the real-time log of all distributions: a JSON line per request.
    #[arg(long, value_name = "FILE")]
    pub realtime_log: Option<PathBuf>,
    /// Folder for the certificate authority, logs and the control socket.
    #[arg(long, value_name = "FOLDER", env = "FRONTGATE_STATE")]
    pub state: Option<PathBuf>,
    /// Let time stand still but for `frontgate clock`.
    #[arg(long, hide = true)]
    pub test_clock: bool,
}

/// `frontgate explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// An x-amz-cf-id, x-amzn-requestid or apigw-requestid of an answer; or METHOD URL to send a request and explain it.
    #[arg(required = true, num_args = 1..=2, value_names = ["ID or METHOD", "URL"])]
    pub subject: Vec<String>,
    /// Header of the request to send.
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    pub headers: Vec<String>,
    /// Body of the request to send; @FILE reads a file.
    #[arg(long, short = 'd', value_name = "BODY")]
    pub data: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Folder for the state, as given to `up`.
    #[arg(long, value_name = "FOLDER", env = "FRONTGATE_STATE")]
    pub state: Option<PathBuf>,
}

/// `frontgate credentials`
#[derive(Debug, Args)]
pub struct Credentials {
    /// Name or ARN of a user or role of the template [default: the account's root].
    #[arg(value_name = "USER or ROLE")]
    pub name: Option<String>,
    /// How long the session of a role lasts: from 900 to its MaxSessionDuration [default: 3600].
    #[arg(long, value_name = "SECONDS")]
    pub duration_seconds: Option<u64>,
    /// Print JSON, as `credential_process` of an AWS profile wants it.
    #[arg(long)]
    pub json: bool,
    /// Folder for the state, as given to `up`.
    #[arg(long, value_name = "FOLDER", env = "FRONTGATE_STATE")]
    pub state: Option<PathBuf>,
}

/// `frontgate flush-logs`
#[derive(Debug, Args)]
pub struct FlushLogs {
    /// Folder for the state, as given to `up`.
    #[arg(long, value_name = "FOLDER", env = "FRONTGATE_STATE")]
    pub state: Option<PathBuf>,
}

/// `frontgate invalidate`
#[derive(Debug, Args)]
pub struct Invalidate {
    /// The distribution: its id, its domain name, an alias, or its logical id in the template. Or a REST API, or one of its
    /// stages as API/STAGE, whose cache is flushed.
    pub distribution: String,
    /// Paths such as /index.html, or with an asterisk at the end /images/*; a query belongs to the path where the
    /// cache key has some of it. Tags with # before them, such as #brand:acme, where the distribution has a
    /// CacheTagConfig.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Folder for the state, as given to `up`.
    #[arg(long, value_name = "FOLDER", env = "FRONTGATE_STATE")]
    pub state: Option<PathBuf>,
}

/// `frontgate export`
#[derive(Debug, Args)]
pub struct Export {
    /// The API: its id, its name, or its logical id in the template; may be left out where there is one.
    pub api: Option<String>,
    /// Its stage; may be left out where there is one.
    #[arg(long, value_name = "STAGE")]
    pub stage: Option<String>,
    /// The form of the document; HTTP APIs are exported as oas30 only.
    #[arg(long, value_enum, default_value_t = ExportFormat::Oas30)]
    pub format: ExportFormat,
    /// The extensions of API Gateway that a REST API is exported with, with commas: integrations, authorizers, or apigateway
    /// for all of them, which a document needs that is imported again.
    #[arg(long, value_name = "NAMES", default_value = "")]
    pub extensions: String,
    /// Folder for the state, as given to `up`.
    #[arg(long, value_name = "FOLDER", env = "FRONTGATE_STATE")]
    pub state: Option<PathBuf>,
}

/// The form of an exported document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// OpenAPI 3.0.
    Oas30,
    /// OpenAPI 2.0.
    Swagger,
}

/// `frontgate function`
#[derive(Debug, Args)]
pub struct Function {
    /// What to do with it.
    #[command(subcommand)]
    pub command: FunctionCommand,
}

/// What to do with a function.
#[derive(Debug, Subcommand)]
pub enum FunctionCommand {
    /// Run a CloudFront Function with an event; print its result, its logs and its compute utilization.
    #[command(after_long_help = FUNCTION_EXAMPLES)]
    Test(FunctionTest),
}

/// `frontgate function test`
#[derive(Debug, Args)]
pub struct FunctionTest {
    /// The file of the function's code; with --template the name or the logical id of a function.
    #[arg(value_name = "FILE or NAME")]
    pub function: String,
    /// The event, a JSON file.
    #[arg(long, value_name = "FILE")]
    pub event: PathBuf,
    /// The template that has the function.
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// cloudfront-js-1.0 or cloudfront-js-2.0 [default: the template's, else cloudfront-js-2.0].
    #[arg(long, value_name = "RUNTIME")]
    pub runtime: Option<String>,
    /// Print JSON, as `aws cloudfront test-function` does.
    #[arg(long)]
    pub json: bool,
}

/// `frontgate trust`
#[derive(Debug, Args)]
pub struct Trust {
    /// Folder for the state, as given to `up`.
    #[arg(long, value_name = "FOLDER", env = "FRONTGATE_STATE")]
    pub state: Option<PathBuf>,
}

/// `frontgate clock`
#[derive(Debug, Args)]
pub struct Clock {
    /// Seconds to add.
    #[arg(long, value_name = "SECONDS")]
    pub advance: u64,
    /// Folder for the state, as given to `up`.
    #[arg(long, value_name = "FOLDER", env = "FRONTGATE_STATE")]
    pub state: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    if name.is_empty() { Err("the name is empty".into()) } else { Ok((name.into(), value.into())) }
}

/// An address with a port, or a port alone on this machine.
fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.strip_prefix(':').unwrap_or(text);
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    text.parse().map_err(|_| "write a port, or ADDRESS:PORT such as 127.0.0.1:8080".into())
}

const EXAMPLES: &str = "\
Examples:
  frontgate up template.yaml
      Serve a template. Edits of the template, of a function's code and of a bucket's folder are
      picked up while it runs; a broken edit is reported and the last good deployment goes on.

  frontgate up template.yaml -p Alias=www.example.com --bucket Site=./dist --http 80 --https 443
      Parameters, the folder of a bucket, other ports.

  curl http://www.example.com.localhost:8080/
      Every AWS host name and every alias answers; with .localhost behind it without any DNS.
  curl --connect-to ::127.0.0.1:8443 --cacert ~/.local/state/frontgate/ca.pem \\
       https://www.example.com/
      The true name, over https.

  frontgate explain 7zMy0TJMqPvh1sQ==
      Why was that answered? Any x-amz-cf-id, x-amzn-requestid or apigw-requestid will do.
  frontgate explain GET https://www.example.com/api/greeting
      Send the request now, and explain the answer.

A bucket's content comes from a folder: --bucket NAME=FOLDER, or in the template
  Metadata: { frontgate: { folder: ./site } }

What is not implemented is refused by name and line before anything is made.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  frontgate explain 7zMy0TJMqPvh1sQ==
  frontgate explain GET https://www.example.com/index.html -H 'Accept-Encoding: br'
  frontgate explain POST https://www.example.com/api/submit -d '{\"name\": \"Ada\"}' --json";

const EXPORT_EXAMPLES: &str = "\
Examples:
  frontgate export --stage prod --extensions apigateway > api.json
  frontgate export Shop --stage prod --format swagger";

const INVALIDATE_EXAMPLES: &str = "\
Examples:
  frontgate invalidate www.example.com /index.html
  frontgate invalidate Distribution '/images/*' '/list?page=1'
  frontgate invalidate E2QWRUHAPOMQZL '/*'
  frontgate invalidate Distribution '#product:electronics'
  frontgate invalidate Orders/prod '/*'

All variants of an object go, and kept errors, too. It is complete once the command ends.";

const CREDENTIALS_EXAMPLES: &str = "\
Examples:
  eval \"$(frontgate credentials)\"
      This shell signs as the account's root.
  frontgate credentials one-domain-Caller-1ABCDEFGHIJKL --json
      A session of a role, for credential_process in ~/.aws/config, which asks again before it ends.
  eval \"$(frontgate credentials Caller --duration-seconds 900)\"
      A session of a quarter of an hour.

The keys are this machine's own: they are made from a secret in the state folder and open nothing elsewhere.";

const FUNCTION_EXAMPLES: &str = "\
Examples:
  frontgate function test rewrite.js --event event.json
  frontgate function test Rewrite --template template.yaml --event event.json --json

An event is what CloudFront Functions get:
  {\"version\": \"1.0\", \"context\": {\"eventType\": \"viewer-request\"}, \"viewer\": {\"ip\": \"198.51.100.11\"},
   \"request\": {\"method\": \"GET\", \"uri\": \"/\", \"querystring\": {}, \"headers\": {}, \"cookies\": {}}}";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn a_port_is_an_address() {
        assert_eq!(super::address("0").expect("a port").to_string(), "127.0.0.1:0");
        assert_eq!(super::address(":80").expect("a port").to_string(), "127.0.0.1:80");
        assert!(super::address("http").is_err());
    }
}
