//! What the processes of one execution environment are started with: the runtime, and the extensions before it.

use std::ffi::OsString;
use std::io::PipeWriter;
use std::path::Path;

use crate::apart::Bounds;
use crate::function::Function;
use crate::layers;
use crate::process::{Process, Start};
use crate::sandbox::Kit;
use crate::scratch::Scratch;
use crate::variables::{Surroundings, extension_variables, variables};

/// What processes of a sandbox are started with.
#[derive(Debug)]
pub(crate) struct Launch {
    variables: Vec<(String, OsString)>,
    runtime_api: String,
    log_stream_name: String,
    bounds: Bounds,
    /// The end of the pipe that the runtime prints into, and of that of the extensions.
    output: PipeWriter,
    extensions_output: PipeWriter,
}

impl Launch {
    pub(crate) fn new(
        function: &Function,
        (log_stream_name, initialization_type, runtime_api): (&str, &'static str, &str),
        scratch: &Scratch,
        kit: &Kit,
        (output, extensions_output): (PipeWriter, PipeWriter),
    ) -> Self {
        let layers = function.layers.as_ref().map(|layers| layers.folder.as_path());
        let has_own_mounts = kit.launcher.as_ref().is_some_and(|launcher| launcher.isolation.has_own_mounts);
        let (temporary, home) = (scratch.temporary(), scratch.home());
        let around = Surroundings {
            home: &home,
            temporary: Some(temporary.as_path()).filter(|_| !has_own_mounts),
            runtime_api,
            log_stream_name,
            initialization_type,
            task_root: &function.code.folder,
            runtime_folder: &function.runtime_folder,
            search_path: &layers::search_path(&kit.search_path, layers),
            endpoint: kit.endpoint.get().map(String::as_str),
            found_by: layers::variables(function.family, &function.program, &function.code.folder, layers),
        };
        Self {
            variables: variables(&function.config, &around),
            runtime_api: runtime_api.to_owned(),
            log_stream_name: log_stream_name.to_owned(),
            bounds: bounds(function, scratch, has_own_mounts),
            output,
            extensions_output,
        }
    }

    pub(crate) fn runtime(&self, function: &Function, kit: &Kit) -> std::io::Result<Process> {
        let wrapper = function.wrapper.as_ref();
        let program = &function.program.path;
        let arguments = wrapper.map(|_| program.as_os_str());
        let start = Start {
            program: wrapper.unwrap_or(program),
            arguments: arguments
                .into_iter()
                .chain(function.arguments.iter().map(OsString::as_os_str))
                .collect(),
            folder: &function.code.folder,
            variables: &self.variables,
            mark: format!("AWS_LAMBDA_LOG_STREAM_NAME={}", self.log_stream_name),
            launcher: self.launcher(kit),
            output: &self.output,
        };
        Process::start(start, &kit.watchdog)
    }

    pub(crate) fn extension(&self, path: &Path, folder: &Path, kit: &Kit) -> std::io::Result<Process> {
        let variables = extension_variables(&self.variables);
        let start = Start {
            program: path,
            arguments: Vec::new(),
            folder,
            variables: &variables,
            mark: format!("AWS_LAMBDA_RUNTIME_API={}", self.runtime_api),
            launcher: self.launcher(kit),
            output: &self.extensions_output,
        };
        Process::start(start, &kit.watchdog)
    }

    fn launcher<'a>(&'a self, kit: &'a Kit) -> Option<(&'a Path, &'a Bounds)> {
        kit.launcher.as_ref().map(|launcher| (launcher.path.as_path(), &self.bounds))
    }
}

/// What the processes may read, write and have.
fn bounds(function: &Function, scratch: &Scratch, has_own_mounts: bool) -> Bounds {
    Bounds {
        readable: function.readable.iter().cloned().chain([scratch.home()]).collect(),
        layers: function.layers.as_ref().map(|layers| layers.folder.clone()),
        storage_mb: function.config.ephemeral_storage_mb,
        memory_mb: function.config.memory_size_mb,
        has_own_mounts,
        temporary: scratch.temporary(),
    }
}
