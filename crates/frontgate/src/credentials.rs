//! `frontgate credentials`: the keys with which a user, a role or the account's root signs requests to what runs here.
//!
//! A role is used through a session, as after `sts assume-role`; whether its trust policy would let somebody assume it is
//! not asked of the owner of this machine. Keys of users and of the root do not end; a session does, and its token says when.

use std::borrow::Cow;

use frontgate_aws::Utc;
use frontgate_iam::{AccessKey, DURATION_SECONDS, Identities, Identity, IdentityKind};
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
    let found = ask(
        &state,
        &Ask::Credentials { duration_seconds: command.duration_seconds, name: command.name.clone() },
    )?;
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
pub fn answer(
    publisher: &Publisher,
    name: Option<&str>,
    duration_seconds: Option<u64>,
    now_seconds: u64,
) -> Answer {
    let snapshot = publisher.current();
    let identities = &snapshot.identities;
    let index = match name {
        Some(name) => identities.find(name),
        None => identities.all.iter().position(|identity| identity.kind == IdentityKind::Root),
    };
    let Some(index) = index else { return Answer::NotFound };
    match keys(identities, index, duration_seconds, now_seconds) {
        Ok((key, expiration)) => Answer::Ok(shown(&identities.all[index], &key, expiration)),
        Err(why) => Answer::Failed(why),
    }
}

/// The keys of an identity, and for a session its end in seconds since 1970.
fn keys(
    identities: &Identities,
    index: usize,
    duration_seconds: Option<u64>,
    now_seconds: u64,
) -> Result<(Cow<'_, AccessKey>, Option<u64>), String> {
    let name = &identities.all[index].name;
    if let Some(sessions) = identities.sessions_of(index) {
        let seconds = duration_seconds.unwrap_or(DURATION_SECONDS);
        sessions.check_duration(seconds).map_err(|why| {
            let most = sessions.duration_seconds_max;
            format!("ValidationError: {why} (The role {name} allows from 900 to {most} seconds; more needs MaxSessionDuration.)")
        })?;
        let end = now_seconds.saturating_add(seconds);
        return Ok((Cow::Owned(sessions.open(end)), Some(end)));
    }
    if duration_seconds.is_some() {
        return Err(format!("{name} is no role: its keys do not end; leave --duration-seconds out"));
    }
    let key = identities.access_keys.iter().find(|key| key.identity == index && key.active);
    let key = key.ok_or_else(|| format!("the user {name} has no access key: add an AWS::IAM::AccessKey"))?;
    Ok((Cow::Borrowed(key), None))
}

fn shown(identity: &Identity, key: &AccessKey, expiration: Option<u64>) -> Value {
    let mut shown = json!({
        "Version": 1,
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret,
        "SessionToken": key.session_token,
        "Arn": key.caller_arn(identity),
    });
    if let Some(seconds) = expiration {
        shown["Expiration"] = Utc::of(seconds).iso_8601().into();
    }
    shown
}

/// Variables of a shell, and the fields of `credential_process` that they come from.
const VARIABLES: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
    ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
    ("AWS_SESSION_TOKEN", "SessionToken"),
];
