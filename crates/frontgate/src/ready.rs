//! What `frontgate up` says once it serves: what was made, and where it answers.

use frontgate_net::Server;
use frontgate_snapshot::Snapshot;
use owo_colors::OwoColorize as _;
use serde_json::{Map, Value, json};

use crate::console::Console;
use crate::deploy::Deployed;

/// Says it in both forms; the JSON line is the first one.
pub fn announce(console: &Console, deployed: &Deployed, server: &Server, endpoints: Value) {
    let mut outputs = Map::new();
    for output in &deployed.stack.outputs {
        outputs.insert(output.name.clone(), Value::String(output.value.clone()));
    }
    let stack = json!({ "outputs": outputs });
    let resources: Vec<Value> = deployed
        .stack
        .resources
        .iter()
        .map(
            |(logical, kind, physical)| json!({"logical_id": logical, "type": kind, "physical_id": physical}),
        )
        .collect();
    let json = json!({
        "ready": true,
        "endpoints": endpoints,
        "stacks": { deployed.stack.name.clone(): stack },
        "resources": resources,
    });
    console.say(page(deployed, server, &endpoints), json);
    for notice in &deployed.notices {
        console.fault(notice.clone(), json!({"notice": notice}));
    }
}

fn page(deployed: &Deployed, server: &Server, endpoints: &Value) -> String {
    let http = server.http().map_or(0, |address| address.port());
    let https = server.https().map_or(0, |address| address.port());
    let mut page = String::new();
    let mut line = |text: String| {
        page.push_str(&text);
        page.push('\n');
    };
    line(format!("{} serves the stack {}", "frontgate".bold(), deployed.stack.name.bold()));
    let snapshot = &deployed.snapshot;
    for distribution in &snapshot.distributions {
        line(String::new());
        line(format!("  {} {}  {}", "Distribution".bold(), distribution.id, distribution.domain_name));
        let names = distribution.aliases.iter().filter(|alias| !alias.starts_with('*'));
        for name in names.chain(std::iter::once(&distribution.domain_name)) {
            line(format!("    {}", format!("http://{name}.localhost:{http}/").cyan()));
            line(format!("    {}", format!("https://{name}.localhost:{https}/").cyan()));
        }
    }
    api_lines(snapshot, https).into_iter().for_each(&mut line);
    for bucket in &snapshot.buckets {
        line(String::new());
        let content = bucket.folder.as_ref().map_or_else(
            || "empty: give it a folder with --bucket NAME=FOLDER".to_owned(),
            |folder| folder.display().to_string(),
        );
        line(format!("  {} {}  {content}", "Bucket".bold(), bucket.name));
        line(format!("    {}.s3.{}.amazonaws.com", bucket.name, bucket.region));
        if bucket.website.is_some() {
            let host = format!("{}.s3-website-{}.amazonaws.com", bucket.name, bucket.region);
            line(format!("    website {}", format!("http://{host}.localhost:{http}/").cyan()));
        }
    }
    for function in &snapshot.functions {
        line(String::new());
        line(format!("  {} {}  {} {}", "Function".bold(), function.name, function.runtime, function.handler));
        for url in snapshot.function_urls.iter().filter(|url| url.function_arn == function.arn) {
            line(format!("    {}", format!("https://{}.localhost:{https}/", url.host()).cyan()));
        }
    }
    if !deployed.stack.outputs.is_empty() {
        line(String::new());
        line(format!("  {}", "Outputs".bold()));
        for output in &deployed.stack.outputs {
            line(format!("    {:<20} {}", output.name, output.value));
        }
    }
    line(String::new());
    let authority = endpoints["ca"].as_str().unwrap_or_default();
    line(format!(
        "  By their real names: curl --connect-to ::127.0.0.1:{https} --cacert {authority} https://NAME/"
    ));
    if let Some(dns) = endpoints["dns"].as_str() {
        line(format!("  Names of Route 53: {}", format!("dig @{}", dns.replacen(':', " -p ", 1)).cyan()));
    }
    line("  Why an answer is what it is: frontgate explain ID (its x-amz-cf-id). Ctrl-C ends it.".to_owned());
    page
}

/// The APIs with their stages, and the names of their own that lead to them.
fn api_lines(snapshot: &Snapshot, https: u16) -> Vec<String> {
    let mut lines = Vec::new();
    for api in &snapshot.apis {
        lines.push(String::new());
        let host = api.host();
        lines.push(format!("  {} {} {}  {host}", "REST API".bold(), api.name, api.id));
        for stage in &api.stages {
            let url = format!("https://{host}.localhost:{https}/{}", stage.name);
            lines.push(format!("    stage {}  {}", stage.name, url.cyan()));
        }
    }
    for api in &snapshot.http_apis {
        lines.push(String::new());
        let host = api.host();
        lines.push(format!("  {} {} {}  {host}", "HTTP API".bold(), api.name, api.id));
        for stage in &api.stages {
            let path = if stage.is_default() { "" } else { &*stage.name };
            let url = format!("https://{host}.localhost:{https}/{path}");
            lines.push(format!("    stage {}  {}", stage.name, url.cyan()));
        }
    }
    for domain in &snapshot.domain_names {
        lines.push(String::new());
        lines.push(format!("  {} {}  {}", "Custom domain name".bold(), domain.name, domain.target));
        for mapping in domain.mappings.iter().filter(|_| !domain.name.starts_with('*')) {
            let url = format!("https://{}.localhost:{https}/{}", domain.name, mapping.base_path);
            lines.push(format!("    {}", url.cyan()));
        }
    }
    lines
}
