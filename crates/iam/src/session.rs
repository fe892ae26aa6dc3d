//! Until when is a role assumed? Temporary credentials carry their own end in their token, so nobody keeps a list of them, and
//! only the owner of the secret can make some.
//!
//! Authority: AWS STS API reference, *AssumeRole* (`API_AssumeRole`), and IAM user guide, *Temporary security credentials*
//! (`id_credentials_temp`).

use std::borrow::Cow;
use std::fmt;

use frontgate_aws::ids::{name_suffix, secret};
use frontgate_aws::{base64_decode, base64_encode};
use frontgate_explain::PlaceId;

use crate::identity::{AccessKey, Identities, Identity};

/// What sessions of a role are opened with.
#[derive(Clone)]
pub struct RoleSessions {
    /// The index of the role.
    pub identity: usize,
    /// The name of its sessions.
    pub session_name: Box<str>,
    /// How the ids of their access keys begin; no other role's begin so.
    pub id_start: Box<str>,
    /// What their secrets and tokens are made from; nobody else knows it.
    pub secret: Box<str>,
    /// `MaxSessionDuration` of the role.
    pub duration_seconds_max: u64,
}

/// Why an access key, with the token that came with it, signs nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// The session has ended.
    Ended {
        /// Seconds since 1970.
        at_seconds: u64,
        /// The place of the role.
        place: PlaceId,
    },
    /// It is temporary, and its token did not come with it.
    TokenMissing,
    /// The token is not the one of the access key.
    WrongToken,
    /// It is nobody's.
    Unknown,
}

/// Why a session of that length is not opened, in the words of `AssumeRole`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DurationRefusal {
    /// Longer than the role allows.
    BeyondRole,
    /// Longer than any role may allow.
    TooLong(u64),
    /// Shorter than any session.
    TooShort(u64),
}

impl RoleSessions {
    /// The credentials of a session that ends then. The same end gives the same ones, so a token is verified by making it again.
    #[must_use]
    pub fn open(&self, end_seconds: u64) -> AccessKey {
        let of = |what: &str| secret(self.secret.as_bytes(), &format!("{what} until {end_seconds}"));
        let id_end = name_suffix(&format!("{} until {end_seconds}", self.id_start));
        AccessKey {
            id: format!("{}{}", self.id_start, &id_end[..ID_END_LENGTH]).into(),
            secret: of("secret").into(),
            session_token: Some(base64_encode(format!("{end_seconds}/{}", of("token")).as_bytes()).into()),
            session_name: Some(self.session_name.clone()),
            active: true,
            identity: self.identity,
        }
    }

    /// Whether a session of the role may last as long.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check_duration(&self, seconds: u64) -> Result<(), DurationRefusal> {
        match seconds {
            0..DURATION_SECONDS_MIN => Err(DurationRefusal::TooShort(seconds)),
            _ if seconds > DURATION_SECONDS_MAX => Err(DurationRefusal::TooLong(seconds)),
            _ if seconds > self.duration_seconds_max => Err(DurationRefusal::BeyondRole),
            _ => Ok(()),
        }
    }

    /// The credentials of the session that the token belongs to, and its end.
    fn of_token(&self, token: &str) -> Option<(AccessKey, u64)> {
        let text = String::from_utf8(base64_decode(token)?).ok()?;
        let end_seconds = text.split_once('/')?.0.parse().ok()?;
        let key = self.open(end_seconds);
        (key.session_token.as_deref() == Some(token)).then_some((key, end_seconds))
    }
}

impl Identities {
    /// Whose the access key is that came with that token.
    ///
    /// # Errors
    /// Why nobody signs with it.
    pub fn signer(
        &self,
        id: &str,
        token: Option<&str>,
        now_seconds: u64,
    ) -> Result<(Cow<'_, AccessKey>, &Identity), KeyRefusal> {
        if let Some((key, identity)) = self.by_access_key(id) {
            return match (key.session_token.as_deref(), token) {
                (right, sent) if right == sent => Ok((Cow::Borrowed(key), identity)),
                (Some(_), None) => Err(KeyRefusal::TokenMissing),
                _ => Err(KeyRefusal::WrongToken),
            };
        }
        let sessions = self.role_sessions.iter().find(|sessions| id.starts_with(&*sessions.id_start));
        let Some(token) = token else {
            return Err(if sessions.is_some() { KeyRefusal::TokenMissing } else { KeyRefusal::Unknown });
        };
        // A temporary key is known by its token alone.
        let unknown = if id.starts_with(TEMPORARY) { KeyRefusal::WrongToken } else { KeyRefusal::Unknown };
        let sessions = sessions.ok_or(unknown)?;
        let identity = self.all.get(sessions.identity).ok_or(unknown)?;
        let (key, at_seconds) = sessions.of_token(token).ok_or(KeyRefusal::WrongToken)?;
        if *key.id != *id {
            return Err(KeyRefusal::WrongToken);
        }
        if now_seconds >= at_seconds {
            return Err(KeyRefusal::Ended { at_seconds, place: identity.place });
        }
        Ok((Cow::Owned(key), identity))
    }

    /// Whose the access key is that signed a request: the identity, and the name of its session. [`Self::signer`] was asked before.
    #[must_use]
    pub fn of_access_key(&self, id: &str) -> Option<(&Identity, Option<&str>)> {
        if let Some((key, identity)) = self.by_access_key(id) {
            return Some((identity, key.session_name.as_deref()));
        }
        let sessions = self.role_sessions.iter().find(|sessions| id.starts_with(&*sessions.id_start))?;
        Some((self.all.get(sessions.identity)?, Some(&sessions.session_name)))
    }

    /// What opens sessions of the role with that index.
    #[must_use]
    pub fn sessions_of(&self, identity: usize) -> Option<&RoleSessions> {
        self.role_sessions.iter().find(|sessions| sessions.identity == identity)
    }
}

impl fmt::Debug for RoleSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleSessions").field("id_start", &self.id_start).finish_non_exhaustive()
    }
}

/// `ValidationError` in every case.
impl fmt::Display for DurationRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, limit, bound) = match self {
            Self::BeyondRole => {
                return f.write_str(
                    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                );
            }
            Self::TooLong(seconds) => (seconds, "less", DURATION_SECONDS_MAX),
            Self::TooShort(seconds) => (seconds, "greater", DURATION_SECONDS_MIN),
        };
        write!(
            f,
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must \
             have value {limit} than or equal to {bound}"
        )
    }
}

/// How long a session lasts for which nobody says it: "By default, the value is set to 3600 seconds."
pub const DURATION_SECONDS: u64 = 3600;
/// "You can provide a value from 900 seconds (15 minutes) up to the maximum session duration set for the role."
pub const DURATION_SECONDS_MIN: u64 = 900;
/// "This setting can have a value from 1 hour to 12 hours."
pub const DURATION_SECONDS_MAX: u64 = 43_200;
/// How the ids of temporary access keys begin.
pub const TEMPORARY: &str = "ASIA";
/// How many letters of an access key id are the session's own.
const ID_END_LENGTH: usize = 8;

#[cfg(test)]
mod tests {
    use frontgate_explain::PlaceId;

    use super::{DurationRefusal, KeyRefusal, RoleSessions};
    use crate::{AccessKey, Identities, Identity, IdentityKind};

    const END: u64 = 1_790_000_000;

    fn sessions(secret: &str) -> RoleSessions {
        RoleSessions {
            identity: 0,
            session_name: "frontgate".into(),
            id_start: "ASIAABCDEFGH".into(),
            secret: secret.into(),
            duration_seconds_max: 7200,
        }
    }

    fn identities() -> Identities {
        let role = Identity {
            kind: IdentityKind::Role,
            name: "caller".into(),
            arn: "arn:aws:iam::123456789012:role/caller".into(),
            unique_id: "AROAEXAMPLE".into(),
            policies: Vec::new(),
            boundary: None,
            trust: None,
            place: PlaceId(1),
        };
        let key = |id: &str, token: Option<&str>| AccessKey {
            id: id.into(),
            secret: "s".into(),
            session_token: token.map(Into::into),
            session_name: token.map(Into::into),
            active: true,
            identity: 0,
        };
        Identities {
            all: vec![role],
            access_keys: vec![key("AKIAUSER", None), key("ASIAFUNCTION", Some("function"))],
            role_sessions: vec![sessions("this machine's")],
        }
    }

    #[test]
    fn a_token_is_good_for_its_own_key_until_its_end() {
        let identities = identities();
        let (own, later) = (sessions("this machine's").open(END), sessions("this machine's").open(END + 1));
        let other = sessions("another machine's").open(END);
        assert_eq!((own.id.len(), &own.id[..12]), (20, "ASIAABCDEFGH"));
        assert_ne!((&own.id, &own.secret), (&later.id, &later.secret));
        let lengthened = frontgate_aws::base64_encode(
            String::from_utf8(frontgate_aws::base64_decode(token(&own)).expect("base64"))
                .expect("text")
                .replace("1790000000", "1890000000")
                .as_bytes(),
        );
        let ended = Err(KeyRefusal::Ended { at_seconds: END, place: PlaceId(1) });
        for (id, sent, now, expected) in [
            (&*own.id, Some(token(&own)), END - 1, Ok(&*own.secret)),
            (&own.id, Some(token(&own)), END, ended),
            (&own.id, Some(token(&own)), END + 86_400, ended),
            (&later.id, Some(token(&later)), END, Ok(&*later.secret)),
            (&own.id, Some(token(&later)), END - 1, Err(KeyRefusal::WrongToken)),
            (&own.id, Some(&*lengthened), END - 1, Err(KeyRefusal::WrongToken)),
            (&own.id, Some(token(&other)), END - 1, Err(KeyRefusal::WrongToken)),
            (&own.id, Some("x"), END - 1, Err(KeyRefusal::WrongToken)),
            (&own.id, Some("é"), END - 1, Err(KeyRefusal::WrongToken)),
            (&own.id, None, END - 1, Err(KeyRefusal::TokenMissing)),
            ("ASIAELSEWHERE", Some(token(&own)), END - 1, Err(KeyRefusal::WrongToken)),
            ("ASIAELSEWHERE", None, END - 1, Err(KeyRefusal::Unknown)),
            ("AKIAELSEWHERE", Some(token(&own)), END - 1, Err(KeyRefusal::Unknown)),
            ("AKIAUSER", None, u64::MAX, Ok("s")),
            ("AKIAUSER", Some(token(&own)), END - 1, Err(KeyRefusal::WrongToken)),
            ("ASIAFUNCTION", Some("function"), u64::MAX, Ok("s")),
            ("ASIAFUNCTION", None, END, Err(KeyRefusal::TokenMissing)),
        ] {
            let found = identities.signer(id, sent, now);
            let found = found.as_ref().map(|(key, _)| &*key.secret).map_err(|refusal| *refusal);
            assert_eq!(found, expected, "{id} {sent:?} {now}");
        }
    }

    #[test]
    fn who_signed_is_known_by_the_access_key() {
        let identities = identities();
        let own = sessions("").open(END).id;
        for (id, expected) in [
            (&*own, Some(Some("frontgate"))),
            ("AKIAUSER", Some(None)),
            ("ASIAFUNCTION", Some(Some("function"))),
            ("ASIAELSEWHERE", None),
        ] {
            assert_eq!(identities.of_access_key(id).map(|(_, session)| session), expected, "{id}");
        }
    }

    fn token(key: &AccessKey) -> &str {
        key.session_token.as_deref().expect("a token")
    }

    #[test]
    fn a_session_lasts_as_long_as_the_role_allows() {
        for (seconds, expected) in [
            (899, Err(DurationRefusal::TooShort(899))),
            (900, Ok(())),
            (7200, Ok(())),
            (7201, Err(DurationRefusal::BeyondRole)),
            (43_200, Err(DurationRefusal::BeyondRole)),
            (43_201, Err(DurationRefusal::TooLong(43_201))),
        ] {
            assert_eq!(sessions("").check_duration(seconds), expected, "{seconds}");
        }
        for (refusal, text) in [
            (
                DurationRefusal::TooShort(60),
                "1 validation error detected: Value '60' at 'durationSeconds' failed to satisfy constraint: Member must \
                 have value greater than or equal to 900",
            ),
            (
                DurationRefusal::TooLong(50_000),
                "1 validation error detected: Value '50000' at 'durationSeconds' failed to satisfy constraint: Member must \
                 have value less than or equal to 43200",
            ),
            (
                DurationRefusal::BeyondRole,
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ),
        ] {
            assert_eq!(refusal.to_string(), text);
        }
    }
}
