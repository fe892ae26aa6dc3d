//! `frontgate credentials`: the keys with which a user, a role or the account's root signs requests to what runs here.
//!
//! A role is used through a session, as after `sts assume-role`; whether its trust policy would let somebody assume it is
//! not asked of the owner of this machine.

use frontgate_iam::{Identities, IdentityKind};
use frontgate_snapshot::Publisher;
use serde_json::{Value, json};

use crate::cli::Credentials;
use crate::control::{Answer, Ask, ask};
use crate::state_folder::StateFolder;

/// Prints the credentials, as lines for a shell or as JSON for `credential_process`.
///
/// # Errors
/// Words for the user.
pub fn credentials(command: &Credentials) -> Result<(), String> {
    let state = StateFolder::open(command.state.as_deref()).map_err(|error| error.to_string())?;
    let found = ask(&state, &Ask::Credentials { name: command.name.clone() })?;
    if command.json {
        anstream::println!("{found:#}");
        return Ok(());
    }
    for (variable, name) in VARIABLES {
        match found[name].as_str() {
            Some(value) => anstream::println!("export {variable}={value}"),
            None => anstream::println!("unset {variable}"),
        }
    }
    Ok(())
}

/// The server's side: the credentials of the identity with that name or ARN, of the account's root without one.
pub fn answer(publisher: &Publisher, name: Option<&str>) -> Answer {
    let snapshot = publisher.current();
    let identities = &snapshot.identities;
    let index = match name {
        Some(name) => identities.find(name),
        None => identities.all.iter().position(|identity| identity.kind == IdentityKind::Root),
    };
    let Some(index) = index else { return Answer::NotFound };
    let Some(key) = identities.access_keys.iter().find(|key| key.identity == index && key.active) else {
        let name = &identities.all[index].name;
        return Answer::Failed(format!("the user {name} has no access key: add an AWS::IAM::AccessKey"));
    };
    Answer::Ok(shown(identities, index, key))
}

fn shown(identities: &Identities, index: usize, key: &frontgate_iam::AccessKey) -> Value {
    json!({
        "Version": 1,
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret,
        "SessionToken": key.session_token,
        "Arn": key.caller_arn(&identities.all[index]),
    })
}

/// Variables of a shell, and the fields of `credential_process` that they come from.
const VARIABLES: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
    ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
    ("AWS_SESSION_TOKEN", "SessionToken"),
];
