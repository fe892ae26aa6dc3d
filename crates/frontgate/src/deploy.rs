//! From the template on disk to a new snapshot: everything or nothing.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use frontgate_gateway::StageCaches;
use frontgate_lambda::Engine;
use frontgate_snapshot::{Code, Publisher, Resources, Snapshot, compile};
use frontgate_stacks::{Deployments, Options, Planned, Published, Refused, Stack, plan};
use frontgate_template::{Diagnostic, Diagnostics, Severity, SourceFile};
use serde_json::{Value, json};

use crate::{function_configs, truststores};

/// Deploys one template, again and again.
pub struct Deployer {
    template: PathBuf,
    options: Options,
    engine: Arc<Engine>,
    publisher: Publisher,
    color: bool,
    told: RefCell<Vec<String>>,
    deployments: RefCell<Deployments>,
    published: RefCell<Published>,
    included: RefCell<Vec<PathBuf>>,
    stage_caches: Arc<StageCaches>,
}

/// A deployment that took place.
pub struct Deployed {
    /// The stack.
    pub stack: Stack,
    /// The snapshot that requests now read.
    pub snapshot: Arc<Snapshot>,
    /// Warnings, what was left inert, and other things to know, rendered; those of the deployment before not again.
    pub notices: Vec<String>,
    /// The functions whose code or configuration is another than before.
    pub changed_functions: Vec<String>,
}

/// A deployment that did not take place; nothing has changed.
#[derive(Debug)]
pub struct Refusal {
    /// The page for people.
    pub text: String,
    /// The same for programs.
    pub json: Value,
}

impl Deployer {
    /// A deployer of `template`.
    pub fn new(
        template: PathBuf,
        options: Options,
        engine: Arc<Engine>,
        publisher: Publisher,
        color: bool,
    ) -> Self {
        Self {
            template,
            options,
            engine,
            publisher,
            color,
            told: RefCell::default(),
            deployments: RefCell::default(),
            published: RefCell::default(),
            included: RefCell::default(),
            stage_caches: Arc::default(),
        }
    }

    /// The caches of stages, which end when a deployment takes their cluster away.
    pub fn stage_caches(&self) -> Arc<StageCaches> {
        Arc::clone(&self.stage_caches)
    }

    fn drop_stage_caches(&self) {
        let snapshot = self.publisher.current();
        self.stage_caches.retain(|api_id, stage| {
            let api = snapshot.apis.iter().find(|api| *api.id == *api_id);
            api.and_then(|api| api.stage(stage)).is_some_and(|stage| stage.cache.is_some())
        });
    }

    /// The file of the template.
    pub fn template(&self) -> &Path {
        &self.template
    }

    /// The files that the template named when it was last read.
    pub fn included(&self) -> Vec<PathBuf> {
        self.included.borrow().clone()
    }

    /// Remembers which files a template names.
    fn note_included(&self, source: &SourceFile) {
        let files = source.included().iter().map(|file| PathBuf::from(file.name()));
        self.included.replace(files.collect());
    }

    /// Reads the template and makes what it describes the configuration that requests read from now on.
    ///
    /// # Errors
    /// All that is wrong with it; then nothing has changed.
    pub fn deploy(&self) -> Result<Deployed, Refusal> {
        let name = self.template.display().to_string();
        let text = std::fs::read_to_string(&self.template).map_err(|problem| unreadable(&name, &problem))?;
        let folder = self.template.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let options = self.options();
        let mut planned = plan(&name, &text, folder, &options, &self.deployments.borrow())
            .inspect_err(|refused| self.note_included(&refused.source))
            .map_err(|refused| self.refusal(&refused))?;
        self.note_included(&planned.source);
        self.check_folders(&planned)?;
        refuse_with(&truststores::read(&mut planned.resources))?;
        let Planned { resources, stack, deployments, mut published, notices, source, .. } = planned;
        let functions = function_configs::all(&resources);
        let report =
            self.engine.deploy(functions).map_err(|errors| self.function_refusal(&errors, &resources))?;
        let mut rendered: Vec<String> = Vec::new();
        if !notices.is_empty() {
            rendered.push(notices.render(&source, self.color).trim_end().to_owned());
        }
        rendered.extend(report.notices.iter().map(|notice| format!("notice: {notice}")));
        let mut changed_functions = [report.added, report.changed].concat();
        // What the edge replicates is a version, which is told; the region stands before its name.
        changed_functions.retain(|name| !name.contains('.'));
        published.learn(|function, number| self.engine.fingerprint(&format!("{function}:{number}")));
        let generation = self.publisher.current().generation + 1;
        self.publisher.publish(compile(resources, generation));
        self.drop_stage_caches();
        self.deployments.replace(deployments);
        self.published.replace(published);
        let told = self.told.replace(rendered.clone());
        rendered.retain(|notice| !told.contains(notice));
        Ok(Deployed { stack, snapshot: self.publisher.current(), notices: rendered, changed_functions })
    }

    /// What the user gave, with what was published until now and the code as it lies there.
    fn options(&self) -> Options {
        let published = self.published.borrow().clone();
        let snapshot = self.publisher.current();
        let with_versions =
            snapshot.functions.iter().filter(|function| !published.numbers(&function.name).is_empty());
        let fingerprints = with_versions.filter_map(|function| {
            let fingerprint = self.engine.fingerprint_now(&function_configs::of(function))?;
            Some((function.name.to_string(), fingerprint))
        });
        Options { code_fingerprints: fingerprints.collect(), published, ..self.options.clone() }
    }

    /// The folders whose change is a change of the code.
    pub fn code_folders(&self) -> Vec<PathBuf> {
        let snapshot = self.publisher.current();
        let folders = snapshot.functions.iter().flat_map(|function| {
            let own = match &function.code {
                Code::Folder(folder) => Some(folder),
                Code::Inline(_) => None,
            };
            own.into_iter().chain(&function.layers).cloned()
        });
        folders.collect()
    }

    fn refusal(&self, refused: &Refused) -> Refusal {
        let text = refused.diagnostics.render(&refused.source, self.color);
        Refusal {
            text: text.trim_end().to_owned(),
            json: diagnostics_json(&refused.diagnostics, &refused.source),
        }
    }

    fn check_folders(&self, planned: &Planned) -> Result<(), Refusal> {
        let mut faults = Vec::new();
        for bucket in &planned.resources.buckets {
            let Some(folder) = &bucket.folder else { continue };
            if let Err(problem) = std::fs::read_dir(folder) {
                let place = planned.resources.places.find(bucket.place);
                let at = place.map_or_else(String::new, ToString::to_string);
                let folder = folder.display();
                faults.push((
                    at,
                    format!("the folder {folder} of the bucket {} cannot be read: {problem}", bucket.name),
                ));
            }
        }
        refuse_with(&faults)
    }

    fn function_refusal(&self, errors: &[frontgate_lambda::DeployError], resources: &Resources) -> Refusal {
        let mut rows: Vec<(String, String)> = Vec::new();
        for error in errors {
            let (place, text) = (resources.places.find(error.place()), error.to_string());
            // What keeps a version from running keeps its function, too, which has said so.
            if !rows.iter().any(|(_, said)| *said == text) {
                rows.push((place.map_or_else(String::new, ToString::to_string), text));
            }
        }
        refuse_with(&rows).err().unwrap_or_else(|| Refusal { text: String::new(), json: Value::Null })
    }
}

fn unreadable(name: &str, problem: &std::io::Error) -> Refusal {
    let text = format!("error: the template {name} cannot be read: {problem}");
    Refusal { json: json!([{"severity": "error", "message": text}]), text }
}

fn refuse_with(faults: &[(String, String)]) -> Result<(), Refusal> {
    if faults.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> =
        faults.iter().map(|(at, message)| format!("error: {message}\n  --> {at}")).collect();
    let rows: Vec<Value> = faults
        .iter()
        .map(|(at, message)| json!({"severity": "error", "message": message, "at": at}))
        .collect();
    Err(Refusal { text: lines.join("\n\n"), json: Value::Array(rows) })
}

fn diagnostics_json(diagnostics: &Diagnostics, source: &SourceFile) -> Value {
    diagnostics.iter().map(|diagnostic| diagnostic_json(diagnostic, source)).collect()
}

fn diagnostic_json(diagnostic: &Diagnostic, source: &SourceFile) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Unsupported => "unsupported",
        Severity::Warning => "warning",
    };
    let source = diagnostic.span.map_or(source, |span| source.file(span));
    let (line, column) = diagnostic.span.map(|span| source.line_column(span.start)).unzip();
    json!({
        "severity": severity,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "file": source.name(),
        "line": line,
        "column": column,
        "cure": diagnostic.cure,
    })
}
