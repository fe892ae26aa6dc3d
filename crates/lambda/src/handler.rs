//! Whether the code has the file that a handler names.
//! <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html>
//!
//! AWS only finds out when the function is invoked; here it is an error of the deployment, since the file is at hand.

use crate::config::{DeployError, FunctionConfig};
use crate::runtimes::Family;
use crate::staging::StagedCode;

/// Says what is wrong with the handler, if something is. Whether the file has the function is seen at run time.
pub(crate) fn check(family: Family, config: &FunctionConfig, code: &StagedCode) -> Result<(), DeployError> {
    let handler = &config.handler;
    if family == Family::OsOnly {
        // What it means is up to the `bootstrap`.
        return Ok(());
    }
    let Some(names) = candidates(family, handler) else {
        return Err(DeployError::HandlerMalformed {
            function: config.name.clone(),
            handler: handler.clone(),
            place: config.place,
        });
    };
    if names.iter().any(|name| code.folder.join(name).exists()) {
        return Ok(());
    }
    Err(DeployError::HandlerFileMissing {
        function: config.name.clone(),
        handler: handler.clone(),
        folder: code.origin.as_ref().unwrap_or(&code.folder).clone(),
        looked_for: names[..names.len().min(3)].join(", "),
        place: config.place,
    })
}

/// The paths of which one must be there, the likeliest first; `None` for a handler that names no file.
fn candidates(family: Family, handler: &str) -> Option<Vec<String>> {
    if handler.contains("..") && family == Family::Node {
        return None;
    }
    match family {
        Family::OsOnly => None,
        Family::Node => {
            let (folder, rest) = handler.rsplit_once('/').map_or(("", handler), |(f, r)| (f, r));
            let (file, function) = rest.split_once('.')?;
            if file.is_empty() || function.is_empty() {
                return None;
            }
            let path = if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
            let path = path.trim_start_matches('/').to_owned();
            let mut names: Vec<String> = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ""]
                .iter()
                .map(|e| format!("{path}{e}"))
                .collect();
            names.push(format!("node_modules/{path}"));
            Some(names)
        }
        Family::Python => {
            let (module, function) = handler.rsplit_once('.')?;
            if module.is_empty() || function.is_empty() {
                return None;
            }
            let path = module.replace('.', "/");
            let path = path.trim_start_matches('/');
            Some(vec![format!("{path}.py"), format!("{path}/__init__.py")])
        }
        Family::Ruby => {
            // FILE.METHOD or FILE.CLASS.METHOD
            let (file, method) = handler.split_once('.')?;
            if file.is_empty() || method.is_empty() {
                return None;
            }
            Some(vec![format!("{}.rb", file.trim_start_matches('/'))])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_name_files() {
        for (family, handler, first) in [
            (Family::Node, "index.handler", Some("index.js")),
            (Family::Node, "src/app.nested.handler", Some("src/app.js")),
            (Family::Node, "./src/app.handler", Some("./src/app.js")),
            (Family::Node, "../app.handler", None),
            (Family::Node, "handler", None),
            (Family::Node, "index.", None),
            (Family::Python, "app.handler", Some("app.py")),
            (Family::Python, "src/app.handler", Some("src/app.py")),
            (Family::Python, "src.app.handler", Some("src/app.py")),
            (Family::Python, "handler", None),
            (Family::Ruby, "app.handler", Some("app.rb")),
            (Family::Ruby, "src/app.Orders.handler", Some("src/app.rb")),
            (Family::Ruby, "handler", None),
        ] {
            let names = candidates(family, handler);
            assert_eq!(names.as_ref().map(|names| names[0].as_str()), first, "{handler}");
        }
    }
}
