//! `frontgate up`: everything is started in one straight line, and ended in the opposite one.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use frontgate_cache::Cache;
use frontgate_dns::{DnsServer, Here};
use frontgate_edge::{Edge, Object, PointOfPresence};
use frontgate_gateway::{AuthorizerAnswers, HttpAuthorizers, IssuerKeys, StageCaches, Usage};
use frontgate_lambda::{Engine, EngineOptions, Isolation, LogSink};
use frontgate_net::{CertificateAuthority, Client, Incident, Limits, OriginTrust, Server, ServerOptions};
use frontgate_objects::Objects;
use frontgate_snapshot::{Publisher, Snapshot};
use serde_json::{Value, json};

use crate::access_log::{AccessLog, AccessLogOptions};
use crate::certificates;
use crate::cli::Up;
use crate::clock::Clock;
use crate::console::Console;
use crate::control::{self, ControlSocket};
use crate::controlled::Controlled;
use crate::deploy::{Deployed, Deployer};
use crate::door::Door;
use crate::edge_names::{POP, VIA_HOST};
use crate::ending::Ending;
use crate::identifiers::Identifiers;
use crate::invalidation::Invalidations;
use crate::lambda_at_edge::LocalLambda;
use crate::local_events::LocalEvents;
use crate::local_functions::LocalFunctions;
use crate::local_origins::LocalOrigins;
use crate::network::{Network, OwnAddresses, reachable};
use crate::ready::announce;
use crate::records::Records;
use crate::stage_logs::StageLogs;
use crate::state_folder::StateFolder;
use crate::viewer_functions::LocalViewerFunctions;
use crate::viewer_locations::ViewerLocations;
use crate::watch::watch;

/// Serves a template until it is told to end.
///
/// # Errors
/// Words for the user; nothing is left running.
pub fn up(command: &Up) -> Result<(), String> {
    open_files_as_many_as_allowed();
    let console = Console::start(command.json, command.quiet).map_err(|e| format!("no console: {e}"))?;
    let result = serve_until_told(command, &console);
    console.flush();
    result
}

fn serve_until_told(command: &Up, console: &Console) -> Result<(), String> {
    let ending = Ending::listen()?;
    let state = StateFolder::open(command.state.as_deref()).map_err(|error| error.to_string())?;
    let clock = Clock::new(command.test_clock);
    let engine = Arc::new(engine(command, &state, console)?);
    let publisher = Publisher::new(Snapshot::default());
    let deployer = Deployer::new(
        command.template.clone(),
        plan_options(command, &state)?,
        Arc::clone(&engine),
        publisher.clone(),
        colors(),
    );
    let deployed = first_deployment(&deployer, console)?;
    let events = LocalEvents::start(Arc::clone(&engine), publisher.clone(), clock.clone())
        .map_err(|error| format!("Lambda's queue of events: {error}"))?;
    let authority = CertificateAuthority::load_or_create(state.path()).map_err(|error| error.to_string())?;
    let authorities: Vec<&Path> = command.origin_authorities.iter().map(PathBuf::as_path).collect();
    let trust = OriginTrust::new(&authorities, Some(&authority)).map_err(|error| error.to_string())?;
    let authority = Arc::new(authority);
    let locations = ViewerLocations::open(&command.geo_databases, command.viewer_country, console)?;
    let locations = locations.map(Arc::new);
    let workers = command.workers.unwrap_or_else(cores).max(1);
    let records = Records::new(workers);
    let log = access_log(command, console)?;
    let stage_logs = StageLogs::start(state.path(), console.clone())?;
    let limits = frontgate_cache::Limits::of_total(cache_bytes(command));
    let cache = Cache::with_labels(limits, Object::labels);
    let invalidations = Invalidations::new(cache.clone(), deployer.stage_caches(), publisher.clone());
    let shared = Shared {
        publisher: publisher.clone(),
        engine: Arc::clone(&engine),
        events: events.clone(),
        objects: objects(console),
        trust: Arc::new(trust),
        cache,
        records: records.clone(),
        log: log.clone(),
        stage_logs: stage_logs.clone(),
        console: console.clone(),
        clock: clock.clone(),
        locations,
        https_port: Arc::new(AtomicU16::new(command.https.port())),
        own_addresses: Arc::default(),
        authorizer_answers: Arc::default(),
        usage: Arc::default(),
        stage_caches: deployer.stage_caches(),
        http_authorizers: Arc::new(http_authorizers(command)?),
        seed: seed(),
    };
    let server = start_server(command, Arc::clone(&authority), workers, shared)?;
    if let Some(address) = server.http().map(reachable).filter(|address| address.ip().is_loopback()) {
        engine.play_services_at(format!("http://{address}"));
    }
    let dns = dns_server(command, &server, &publisher)?;
    let endpoints = endpoints(&server, &authority, dns.as_ref());
    let (endpoints_told, log_flushed) = (endpoints.clone(), log.clone());
    let controlled =
        Controlled { records, publisher, clock, endpoints: endpoints_told, invalidations, log: log_flushed };
    let control = control_socket(&state, controlled)?;
    watch(deployer, state.path(), console.clone()).map_err(|error| error.to_string())?;
    announce(console, &deployed, &server, endpoints);
    ending.wait();
    drop(control);
    drop(dns);
    server.shut_down(DRAIN);
    log.close(console);
    stage_logs.close();
    end_events(&events, console);
    engine.shut_down();
    Ok(())
}

/// Deploys the template as it is now; without that there is nothing to serve.
fn first_deployment(deployer: &Deployer, console: &Console) -> Result<Deployed, String> {
    deployer.deploy().map_err(|refusal| {
        console.fault(refusal.text, json!({"refused": refusal.json}));
        NOTHING_DEPLOYED.to_owned()
    })
}

/// What the workers share.
struct Shared {
    publisher: Publisher,
    engine: Arc<Engine>,
    events: LocalEvents,
    objects: Arc<Objects>,
    trust: Arc<OriginTrust>,
    cache: Cache<Object>,
    records: Records,
    log: AccessLog,
    stage_logs: StageLogs,
    console: Console,
    clock: Clock,
    locations: Option<Arc<ViewerLocations>>,
    https_port: Arc<AtomicU16>,
    own_addresses: Arc<OnceLock<OwnAddresses>>,
    authorizer_answers: Arc<AuthorizerAnswers>,
    usage: Arc<Usage>,
    stage_caches: Arc<StageCaches>,
    http_authorizers: Arc<HttpAuthorizers>,
    seed: u64,
}

impl Shared {
    fn door(&self, worker: usize) -> Door {
        // Three generators per worker: one for the line, two for invocations.
        let identifiers = |index: u64| Identifiers::new(worker, self.seed.wrapping_add(index));
        let origins = LocalOrigins {
            publisher: self.publisher.clone(),
            objects: Arc::clone(&self.objects),
            stage_logs: self.stage_logs.clone(),
            functions: LocalFunctions {
                engine: Arc::clone(&self.engine),
                events: self.events.clone(),
                identifiers: identifiers(1),
                console: self.console.clone(),
            },
            network: Network::new(
                Client::new(Arc::clone(&self.trust)),
                self.console.clone(),
                Arc::clone(&self.own_addresses),
            ),
            identifiers: identifiers(0),
            clock: self.clock.clone(),
            authorizer_answers: Arc::clone(&self.authorizer_answers),
            usage: Arc::clone(&self.usage),
            stage_caches: Arc::clone(&self.stage_caches),
            http_authorizers: Arc::clone(&self.http_authorizers),
        };
        let pop = PointOfPresence {
            name: POP.into(),
            via_host: VIA_HOST.into(),
            https_port: Arc::clone(&self.https_port),
        };
        let functions = LocalViewerFunctions::new(self.clock.clone(), self.console.clone());
        let lambda = LocalLambda {
            engine: Arc::clone(&self.engine),
            identifiers: identifiers(2),
            clock: self.clock.clone(),
            console: self.console.clone(),
        };
        let edge = Edge::new(self.cache.clone(), origins, pop)
            .with_functions(Box::new(functions))
            .with_lambda(Box::new(lambda));
        let locations = self.locations.clone();
        Door::new(
            worker,
            self.publisher.reader(),
            edge,
            locations,
            self.records.clone(),
            self.log.clone(),
            self.console.clone(),
        )
    }
}

fn start_server(
    command: &Up,
    authority: Arc<CertificateAuthority>,
    workers: usize,
    shared: Shared,
) -> Result<Server, String> {
    let certificates = certificates::store(authority, &shared.publisher, &command.certificates)?;
    let console = shared.console.clone();
    let options = ServerOptions {
        http: Some(command.http),
        https: Some(command.https),
        workers,
        limits: Limits::default(),
        certificates: Arc::new(certificates),
        on_incident: Arc::new(move |incident| tell_incident(&console, &incident)),
    };
    let (https_port, own_addresses) = (Arc::clone(&shared.https_port), Arc::clone(&shared.own_addresses));
    let server =
        frontgate_net::serve(options, move |worker| shared.door(worker)).map_err(|e| e.to_string())?;
    if let Some(address) = server.https() {
        https_port.store(address.port(), Ordering::Relaxed);
    }
    if let (Some(http), Some(https)) = (server.http(), server.https()) {
        // It is set here and nowhere else.
        let _ = own_addresses.set(OwnAddresses { http, https });
    }
    Ok(server)
}

/// The authorizers of HTTP APIs, with the keys that the command line gives.
fn http_authorizers(command: &Up) -> Result<HttpAuthorizers, String> {
    let read = |(issuer, file): &(String, String)| {
        let text = std::fs::read(file).map_err(|error| format!("--jwks {issuer}={file}: {error}"))?;
        Ok((issuer.clone(), text))
    };
    let given = command.key_sets.iter().map(read).collect::<Result<Vec<_>, String>>()?;
    let issuer_keys = IssuerKeys::new(&given).map_err(|error| format!("--jwks: {error}"))?;
    Ok(HttpAuthorizers { issuer_keys, ..HttpAuthorizers::default() })
}

/// S3, which tells the operator what a caller may not see.
fn objects(console: &Console) -> Arc<Objects> {
    let operator = console.clone();
    Arc::new(Objects::new(move |text| operator.fault(text, json!({"incident": text}))))
}

fn access_log(command: &Up, console: &Console) -> Result<AccessLog, String> {
    let options =
        AccessLogOptions { folder: command.access_log.clone(), realtime: command.realtime_log.clone() };
    AccessLog::start(options, POP, seed(), console.clone())
}

fn tell_incident(console: &Console, incident: &Incident) {
    let text = match incident {
        // A viewer that does not trust the authority says so by itself.
        Incident::NoHandshake { .. } => return,
        Incident::Panicked { peer, message } => {
            format!("a request of {peer} hit a fault of frontgate; its connection was closed: {message}")
        }
        Incident::NotAccepted { address, error } => {
            format!("{address} accepts no connection for now: {error}")
        }
        Incident::WorkerEnded { worker, error } => format!("worker {worker} has ended: {error}"),
    };
    console.fault(text.clone(), json!({"incident": text}));
}

fn engine(command: &Up, state: &StateFolder, console: &Console) -> Result<Engine, String> {
    let launcher = match command.no_sandbox {
        true => None,
        // This very executable, even if another one has taken its place meanwhile.
        false if cfg!(target_os = "linux") => Some("/proc/self/exe".into()),
        false => Some(std::env::current_exe().map_err(|error| format!("the own executable: {error}"))?),
    };
    let sink = console.clone();
    let options = EngineOptions {
        state_folder: state.path().to_path_buf(),
        logs: LogSink::new(move |line| sink.function_log(&line.function, &line.text)),
        idle_timeout: FUNCTION_IDLE_TIMEOUT,
        processes_max: FUNCTION_PROCESSES_MAX,
        launcher,
    };
    let engine = Engine::start(options).map_err(|error| error.to_string())?;
    let missing = engine.isolation().and_then(isolation_notice);
    if let Some(text) = missing {
        console.say(format!("notice: {text}"), json!({"notice": text}));
    }
    Ok(engine)
}

/// Events that still wait are lost with the process, unlike on AWS.
fn end_events(events: &LocalEvents, console: &Console) {
    let left = events.close();
    if left > 0 {
        let text = format!("events of functions that were not done with: {left}");
        console.say(format!("notice: {text}"), json!({"notice": text}));
    }
}

/// What this kernel does not do to keep functions apart.
fn isolation_notice(isolation: Isolation) -> Option<&'static str> {
    match (isolation.has_landlock, isolation.has_own_mounts) {
        (true, true) => None,
        (true, false) => Some(
            "this system lets nobody make a user namespace: functions have a temporary folder of their own in TMPDIR, and \
             cannot write to /tmp by that name",
        ),
        (false, true) => Some(
            "this kernel has no Landlock: functions have a /tmp of their own, but can read and write your files",
        ),
        (false, false) => Some(
            "this system has neither Landlock nor user namespaces: functions can read and write your files",
        ),
    }
}

fn plan_options(command: &Up, state: &StateFolder) -> Result<frontgate_stacks::Options, String> {
    Ok(frontgate_stacks::Options {
        stack_name: command.stack_name.clone().unwrap_or_else(|| stack_name(&command.template)),
        region: command.region.clone(),
        parameters: command.parameters.iter().cloned().collect(),
        bucket_folders: command.buckets.iter().map(|(name, folder)| (name.clone(), folder.into())).collect(),
        user_certificates: certificates::names(&command.certificates),
        secret_seed: state.secret_seed().map_err(|error| error.to_string())?,
        viewers_are_located: !command.geo_databases.is_empty() || command.viewer_country.is_some(),
        allow_unsupported: command.allow_unsupported,
        ..frontgate_stacks::Options::default()
    })
}

/// The name of the template's folder, in the letters that CloudFormation allows.
fn stack_name(template: &Path) -> String {
    let absolute = template.canonicalize().unwrap_or_else(|_| template.to_path_buf());
    let folder = absolute.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let letters = folder.unwrap_or_default();
    let name: String = letters.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.to_owned()
    } else {
        format!("stack-{name}")
    }
}

/// Names are answered with the addresses that the server listens on.
fn dns_server(command: &Up, server: &Server, publisher: &Publisher) -> Result<Option<DnsServer>, String> {
    let Some(address) = command.dns else { return Ok(None) };
    let ipv6_loopback = server.is_on_ipv6_loopback().then(|| SocketAddr::from((Ipv6Addr::LOCALHOST, 0)));
    let here = Here::of(server.http().into_iter().chain(server.https()).chain(ipv6_loopback));
    frontgate_dns::serve(address, publisher.clone(), here).map(Some).map_err(|error| error.to_string())
}

fn endpoints(server: &Server, authority: &CertificateAuthority, dns: Option<&DnsServer>) -> Value {
    let url =
        |scheme: &str, address: Option<std::net::SocketAddr>| address.map(|a| format!("{scheme}://{a}"));
    json!({
        "http": url("http", server.http()),
        "https": url("https", server.https()),
        "dns": dns.map(DnsServer::address),
        "ca": authority.certificate_path(),
    })
}

fn control_socket(state: &StateFolder, controlled: Controlled) -> Result<ControlSocket, String> {
    control::serve(state, move |ask| controlled.answer(ask))
        .map_err(|error| format!("the control socket in {} cannot be made: {error}", state.path().display()))
}

/// A connection is an open file, and many systems start programs with 1024 of them although they allow more.
fn open_files_as_many_as_allowed() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where the system refuses, the lower limit holds: connections above it wait, and the operator is told.
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap_or_default();
}

/// Whether standard error, where diagnostics go, shows colors.
fn colors() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

fn cache_bytes(command: &Up) -> usize {
    usize::try_from(command.cache_memory.saturating_mul(1 << 20)).unwrap_or(usize::MAX)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A number that differs from start to start, for ids.
fn seed() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one("identifiers")
}

const NOTHING_DEPLOYED: &str = "nothing was deployed";

/// How long requests under way may take after Ctrl-C.
const DRAIN: Duration = Duration::from_secs(5);

/// How long a function's process stays warm without a call.
const FUNCTION_IDLE_TIMEOUT: Duration = Duration::from_secs(600);

/// Processes of functions at a time: the concurrent executions of an account. Memory may allow fewer.
const FUNCTION_PROCESSES_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    #[test]
    fn a_folder_names_the_stack() {
        for (template, name) in
            [("/x/one-domain/template.yaml", "one-domain"), ("/x/1 2/t.yaml", "stack-1-2")]
        {
            assert_eq!(super::stack_name(template.as_ref()), name);
        }
    }
}
