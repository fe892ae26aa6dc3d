//! What a running server answers to those who ask it through the control socket.

use frontgate_gateway_rules::export::Format;
use frontgate_snapshot::Publisher;
use serde_json::{Value, json};

use crate::access_log::AccessLog;
use crate::clock::Clock;
use crate::control::{Answer, Ask};
use crate::credentials;
use crate::explain_page::Page;
use crate::export_command;
use crate::invalidation::Invalidations;
use crate::records::Records;

/// All that can be asked about or changed.
pub struct Controlled {
    /// The answers of the last moments.
    pub records: Records,
    /// The configurations that they were answered with.
    pub publisher: Publisher,
    /// The time.
    pub clock: Clock,
    /// Where the server listens.
    pub endpoints: Value,
    /// The edge cache.
    pub invalidations: Invalidations,
    /// The access logs.
    pub log: AccessLog,
}

impl Controlled {
    /// The answer to one question.
    pub fn answer(&self, ask: Ask) -> Answer {
        match ask {
            Ask::Endpoints => Answer::Ok(self.endpoints.clone()),
            Ask::AdvanceClock { seconds } if self.clock.advance(seconds) => Answer::Ok(Value::Null),
            Ask::AdvanceClock { .. } => Answer::Failed("this server reads the machine's clock".into()),
            Ask::Credentials { duration_seconds, name } => {
                let now_seconds = self.clock.now_milliseconds() / 1000;
                credentials::answer(&self.publisher, name.as_deref(), duration_seconds, now_seconds)
            }
            Ask::Export { api, stage, is_swagger, extensions } => {
                let format = if is_swagger { Format::Swagger } else { Format::Oas30 };
                export_command::answer(&self.publisher, api.as_deref(), stage.as_deref(), format, &extensions)
            }
            Ask::Explain { id } => self.explain(&id),
            Ask::FlushLogs if self.log.flush() => Answer::Ok(Value::Null),
            Ask::FlushLogs => Answer::Failed("the access logs could not be written in time".into()),
            Ask::Invalidate { distribution, paths } => self.invalidations.create(&distribution, &paths),
        }
    }

    fn explain(&self, id: &str) -> Answer {
        let Some(record) = self.records.find(id) else { return Answer::NotFound };
        let Some(snapshot) = self.publisher.generation(record.generation) else {
            return Answer::Failed("the configuration that answered this is no longer kept".into());
        };
        let page = Page::new(&record, &snapshot);
        Answer::Ok(json!({"json": page.json(), "text": page.text()}))
    }
}
