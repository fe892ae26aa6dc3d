//! The three processes of the benchmark: the origin, frontgate and nginx; each ends when it is dropped.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::Failure;

/// The core that serves; the other one asks.
pub const SERVING_CORE: &str = "0";

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.0.id().to_string();
        // What cannot be ended has ended already.
        let _ = Command::new("kill").args(["-INT", &id]).status();
        let _ = self.0.wait();
    }
}

/// The origin of both.
pub struct Origin {
    _child: Running,
    port: u16,
}

impl Origin {
    /// Starts this very program as the origin.
    pub fn start() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::of("the origin", &error);
        let own = std::env::current_exe().map_err(failed)?;
        let mut child = Command::new(own)
            .arg("bench-origin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let line = first_line(&mut child)?;
        let port = line.trim().parse().map_err(|_| Failure(format!("the origin said {line:?}")))?;
        Ok(Self { _child: Running(child), port })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// frontgate with one worker on one core.
pub struct Frontgate {
    child: Running,
    address: SocketAddr,
}

impl Frontgate {
    /// Starts the binary with the template of the benchmark.
    pub fn start(binary: &Path, folder: &Path, origin: u16) -> Result<Self, Failure> {
        let place = folder.join("frontgate");
        fresh(&place)?;
        let template = TEMPLATE.replace("${Origin.Port}", &origin.to_string());
        write(&place.join("template.yaml"), &template)?;
        let mut child = Command::new("taskset")
            .args(["-c", SERVING_CORE])
            .arg(binary)
            .args(["up", "template.yaml", "--json", "--quiet", "--workers", "1", "--http", "127.0.0.1:0"])
            .args(["--https", "127.0.0.1:0", "--state", "state"])
            .current_dir(&place)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::of(&binary.display().to_string(), &error))?;
        let line = first_line(&mut child)?;
        let ready: serde_json::Value =
            serde_json::from_str(&line).map_err(|_| Failure(format!("frontgate said {line:?}")))?;
        let url = ready["endpoints"]["http"].as_str().unwrap_or_default();
        let address = url
            .trim_start_matches("http://")
            .parse()
            .map_err(|_| Failure(format!("frontgate's ready line has no http endpoint: {line}")))?;
        Ok(Self { child: Running(child), address })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process that taskset became.
    pub fn process(&self) -> u32 {
        self.child.0.id()
    }
}

/// nginx with one worker on one core, its cache in memory.
pub struct Nginx {
    child: Running,
    address: SocketAddr,
    cache: PathBuf,
}

impl Nginx {
    /// Starts it with a configuration that lets it shine.
    pub fn start(folder: &Path, origin: u16) -> Result<Self, Failure> {
        let place = folder.join("nginx");
        let cache = PathBuf::from(format!("/dev/shm/frontgate-bench-{}", std::process::id()));
        fresh(&place)?;
        fresh(&cache)?;
        let address = free_address()?;
        let configuration = NGINX
            .replace("ORIGIN", &format!("127.0.0.1:{origin}"))
            .replace("LISTEN", &address.to_string())
            .replace("CACHE", &cache.display().to_string());
        write(&place.join("nginx.conf"), &configuration)?;
        let child = Command::new("taskset")
            .args(["-c", SERVING_CORE, "nginx", "-e", "stderr", "-c", "nginx.conf", "-p"])
            .arg(&place)
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| Failure::of("nginx", &error))?;
        let nginx = Self { child: Running(child), address, cache };
        nginx.wait_until_it_listens()?;
        Ok(nginx)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The master; the worker is its child.
    pub fn process(&self) -> u32 {
        self.child.0.id()
    }

    /// Such as `nginx/1.22.1`.
    pub fn version(&self) -> Result<String, Failure> {
        let output =
            Command::new("nginx").arg("-v").output().map_err(|error| Failure::of("nginx", &error))?;
        let text = String::from_utf8_lossy(&output.stderr);
        Ok(text.trim().rsplit(' ').next().unwrap_or_default().to_owned())
    }

    fn wait_until_it_listens(&self) -> Result<(), Failure> {
        for _ in 0..ATTEMPTS_MAX {
            if TcpStream::connect(self.address).is_ok() {
                return Ok(());
            }
            std::thread::park_timeout(PAUSE);
        }
        Err(Failure(format!("nginx does not listen at {}", self.address)))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It lies in memory; leaving it would only cost the machine some.
        let _ = std::fs::remove_dir_all(&self.cache);
    }
}

fn first_line(child: &mut Child) -> Result<String, Failure> {
    let output = child.stdout.take().ok_or_else(|| Failure("no output".into()))?;
    let mut reader = BufReader::new(output);
    let mut line = String::new();
    reader.read_line(&mut line).map_err(|error| Failure::of("the first line", &error))?;
    // The rest is read away, so that the process never waits for a reader.
    std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
    if line.is_empty() { Err(Failure("the process ended before it was ready".into())) } else { Ok(line) }
}

fn free_address() -> Result<SocketAddr, Failure> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| Failure::of("a free port", &error))
}

fn fresh(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .map_err(|error| Failure::of(&folder.display().to_string(), &error))?;
    }
    std::fs::create_dir_all(folder).map_err(|error| Failure::of(&folder.display().to_string(), &error))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure::of(&path.display().to_string(), &error))
}

/// Ten seconds in all.
const ATTEMPTS_MAX: u32 = 200;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
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
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Aliases: [bench.example.com]
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
          - PathPattern: /api/*
            TargetOriginId: api
            ViewerProtocolPolicy: allow-all
            CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad # Managed-CachingDisabled
            OriginRequestPolicyId: b689b0a8-53d0-40ab-baf2-68738e2966ac # Managed-AllViewerExceptHostHeader
";

/// Without tcp_nopush: over the loopback it holds the end of larger answers back for 40 ms.
const NGINX: &str = "\
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
events { worker_connections 4096; multi_accept on; }
http {
  access_log off;
  sendfile on;
  tcp_nodelay on;
  keepalive_timeout 75s;
  keepalive_requests 100000000;
  open_file_cache max=1000 inactive=1h;
  open_file_cache_valid 1h;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  proxy_cache_path CACHE levels=1:2 keys_zone=objects:16m max_size=256m inactive=1h use_temp_path=off;
  upstream origin { server ORIGIN; keepalive 16; }
  server {
    listen LISTEN;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_cache objects;
      proxy_cache_lock on;
      proxy_cache_valid 200 1h;
      add_header X-Cache $upstream_cache_status;
    }
  }
}
";
