//! `frontgate explain`: asks the running server why an answer is what it is, perhaps after asking for the answer.

use std::path::Path;
use std::time::Duration;

use frontgate_message::{Body, Headers, Method, Response};
use frontgate_net::{
    CertificateAuthority, CertificateNames, Client, OriginRequest, OriginTarget, OriginTrust, TlsTarget,
};
use serde_json::{Value, json};

use crate::cli::Explain;
use crate::control::{Ask, ask};
use crate::state_folder::StateFolder;
use crate::url::Url;

/// Prints the page.
///
/// # Errors
/// Words for the user.
pub fn explain(command: &Explain) -> Result<(), String> {
    let state = StateFolder::open(command.state.as_deref()).map_err(|error| error.to_string())?;
    let (id, answer) = match command.subject.as_slice() {
        [id] if command.headers.is_empty() && command.data.is_none() => (id.clone(), None),
        [_] => return Err("a header or a body belongs to METHOD URL, not to an id".into()),
        [method, url] => {
            let (id, answer) = send(command, method, url, &state)?;
            (id, Some(answer))
        }
        _ => return Err("give an id, or METHOD URL".into()),
    };
    let page = ask(&state, &Ask::Explain { id })?;
    if command.json {
        let mut json = page["json"].clone();
        if let Some(answer) = answer {
            json["received"] = answer.json;
        }
        anstream::println!("{json:#}");
        return Ok(());
    }
    anstream::println!("{}", page["text"].as_str().unwrap_or_default().trim_end());
    if let Some(answer) = answer {
        anstream::println!("\n{}", answer.text);
    }
    Ok(())
}

/// What came back, in both forms.
struct Received {
    json: Value,
    text: String,
}

fn send(
    command: &Explain,
    method: &str,
    url: &str,
    state: &StateFolder,
) -> Result<(String, Received), String> {
    let endpoints = ask(state, &Ask::Endpoints)?;
    let url = Url::parse(url).ok_or_else(|| format!("`{url}` is no URL: write https://HOST/PATH"))?;
    let body = match command.data.as_deref().map(|data| (data, data.strip_prefix('@'))) {
        None => Vec::new(),
        Some((_, Some(file))) => {
            std::fs::read(file).map_err(|error| format!("{file} cannot be read: {error}"))?
        }
        Some((data, None)) => data.as_bytes().to_vec(),
    };
    let (method, headers) = (Method::from_token(method), headers(command, &url)?);
    let request =
        OriginRequest { method: &method, target: &url.target, headers: &headers, forwards_interim: false };
    let address = endpoints[if url.secure { "https" } else { "http" }].as_str().unwrap_or_default();
    let address: std::net::SocketAddr = address
        .rsplit_once("//")
        .and_then(|(_, address)| address.parse().ok())
        .ok_or("the running server does not say where it listens")?;
    let target = OriginTarget {
        host: address.ip().to_string().into(),
        port: address.port(),
        tls: url.secure.then(|| TlsTarget {
            server_name: url.host.as_str().into(),
            certificate: CertificateNames::AskedOr(None),
        }),
        connect_timeout: PATIENCE,
        connection_attempts: 1,
        read_timeout: PATIENCE,
        keep_alive: PATIENCE,
    };
    let authority = endpoints["ca"].as_str().map(Path::new);
    let folder = authority.and_then(Path::parent).unwrap_or(state.path());
    let authority = CertificateAuthority::load_or_create(folder).map_err(|error| error.to_string())?;
    let trust = OriginTrust::new(&[], Some(&authority)).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let client = Client::new(trust.into());
        let response = client.send(&target, &request, Body::from(bytes::Bytes::from(body))).await;
        received(response.map_err(|error| format!("the request could not be sent: {error}"))?).await
    })
}

async fn received(response: Response) -> Result<(String, Received), String> {
    let id = ["x-amz-cf-id", "x-amzn-requestid", "apigw-requestid", "x-amz-request-id"]
        .iter()
        .find_map(|name| response.header_text(name));
    let id = id
        .ok_or("the answer has no x-amz-cf-id, x-amzn-requestid, apigw-requestid or x-amz-request-id")?
        .to_owned();
    let Response { status, headers, body, .. } = response;
    let body =
        body.collect(BODY_BYTES_MAX).await.map_err(|error| format!("the answer broke off: {error}"))?;
    let shown = String::from_utf8_lossy(&body);
    let mut text = format!("The answer\n{status}\n");
    for (name, value) in &headers {
        text.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value)));
    }
    if shown.contains('\u{fffd}') {
        text.push_str(&format!("\n({} bytes that are no text)", body.len()));
    } else if shown.chars().count() > BODY_SHOWN_CHARACTERS {
        let beginning: String = shown.chars().take(BODY_SHOWN_CHARACTERS).collect();
        text.push_str(&format!("\n{beginning}\n… ({} bytes)", body.len()));
    } else {
        text.push_str(&format!("\n{shown}"));
    }
    let pairs: Vec<Value> =
        headers.iter().map(|(name, value)| json!([name, String::from_utf8_lossy(value)])).collect();
    Ok((id, Received { json: json!({"status": status, "headers": pairs, "body": shown}), text }))
}

fn headers(command: &Explain, url: &Url) -> Result<Headers, String> {
    let mut headers = Headers::new();
    headers.append("Host", url.authority.as_bytes());
    headers.append("User-Agent", concat!("frontgate-explain/", env!("CARGO_PKG_VERSION")).as_bytes());
    headers.append("Accept", b"*/*");
    for header in &command.headers {
        let (name, value) =
            header.split_once(':').ok_or_else(|| format!("`{header}` is no header: write NAME: VALUE"))?;
        if name.eq_ignore_ascii_case("host") {
            headers.set("Host", value.trim().as_bytes());
        } else {
            headers.append(name.trim(), value.trim().as_bytes());
        }
    }
    Ok(headers)
}

const PATIENCE: Duration = Duration::from_secs(60);
const BODY_BYTES_MAX: usize = 16 << 20;
const BODY_SHOWN_CHARACTERS: usize = 2000;
