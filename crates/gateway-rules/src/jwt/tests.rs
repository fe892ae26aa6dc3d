//! Tokens that a key of these tests signed; the key itself is thrown away.

use super::{KeySet, Token, TokenError};

/// The public half of the key.
pub(crate) const KEYS: &str = r#"{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"key-1","n":"6TIDhc58hdteq3yd-PfrbjiJe6-wVXSbSd7YY0I9ErXWx40GfYBka6s5Z4pCvmgBZHEtW1aPSytRNQPqfq3Ry5yi4eIxOTBguIiDr0Eb9GYx-AAfs4ytNy8jdFl5LUe4_VIM-QTHTRER31n-4BMqKu9DRR7PDqXJm7Of8za6DOnRf5NgWgBuMMieISchx01n1gL3TKw7O8sd_F5pSPcRvXX4-PPBOecDidLmfnBsdPxbP5DQtYbxrn3TkakQEkNCRArd5jhlmLO91WF5wstyTLt1Sx0YyJllijfdAOTvSXyg7LPdAOKOTE6ZquAcLlBzdILVtq1sVHAJjsLfJyWfTw","e":"AQAB"}]}"#;

/// Of `ada` for `shop`, until 2100.
pub(crate) const VALID: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImFkYSIsImF1ZCI6InNob3AiLCJpYXQiOjE1Nzc4MzY4MDAsImV4cCI6NDEwMjQ0NDgwMCwic2NvcGUiOiJvcmRlcnMvcmVhZCBwcm9maWxlIn0.k4TfAyBTzzg7dl2_3pnry-AduwAoF_7pKUY8hmfyIolwA0oNrdt6H8U0VsiAWlIvkMG_XUg4lJuFw1OjUtAVRLHYXyv7VswwAefzet8aIplRVQId623Zej2PJytwwqUv-Hv5vyPzxp9YITPtmJcTzT01mzI1pcdp8zsQwIIwA0JIyTjbGMipESzaC1bI6c2ZM27u2cED0S7-iwzcrYXomxqMP3YgVmnTnhcRtschFAKqEiJ_-vxj6twzpUlHeqN3u2fx9es5xwcQVl7jDpGxfAXgJohbYGig0PrLnVi9CCRsewWzK495x6EUf7S9lP-udZBPlyMaPW56XU3axaGz5g";

/// The same with another hash.
pub(crate) const RS512: &str = "eyJhbGciOiJSUzUxMiIsImtpZCI6ImtleS0xIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImFkYSIsImF1ZCI6InNob3AiLCJpYXQiOjE1Nzc4MzY4MDAsImV4cCI6NDEwMjQ0NDgwMCwic2NvcGUiOiJvcmRlcnMvcmVhZCBwcm9maWxlIn0.uc2lvd1A69hSfq2vtrH76w87HxKJ9MoWstAD52IFOQhECpODLrTf0ncganZF4hrzVmR2QoK9MqLd1NoDXischtDiMeJ4eOirNZ4BMdHxNqgvkCIMfG0Nkuj9XQ8REZ12ygtFMa2I03hboPCwxbzE_YOIaIEQX3fDBCipWg_D0IYzJkb2RSVwsHyw-T2KzhL81MqK3oWRxp6_8pFZ7DTzZ59jW_sio770Pkx2vdXDI_TNwONuyQgVavbznKCnzJBwyjPFA7J6oVlbiSNIVmb_yZox6E3VFJa3jOhaCx02_ib0dYc7FCTxpBN298gm7fjAuFkzmh4tU4VmLKjMXb-QIw";

/// Says that it is signed with ES256.
pub(crate) const ES256: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtleS0xIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImFkYSIsImF1ZCI6InNob3AiLCJpYXQiOjE1Nzc4MzY4MDAsImV4cCI6NDEwMjQ0NDgwMCwic2NvcGUiOiJvcmRlcnMvcmVhZCBwcm9maWxlIn0.rCyLDVr7BfhrlSMiLbkSZhRU35mdq9ulQorzaOLBeBqaZPYJFwxwLuXiui2QdQ5KNwV6NIGuRWYQ2FJhCYXW0g--hCeNnQk24zu9X38a9sLo4l58Bj_TNs0T_dPghsczqCVkjZars4VvF-wnUTAfhDptA-wPmn_KnNwcqculn6MmJMAc1f5A9VjaCchKrIaA7CIYkk8HQmem6RVszEHzK0J6l_jb4ba4XsOkGK8yaUNgQS35p2WBwuoXWlrQNd-b0BwW5HUR8Snu67QLSHvMcQSZ1ju4c7mrOwsdmjw4KKjndaH_aGxwlGQ0KMh0Qu7xK7j1dRCMgOe9-cQB3-p2sw";

/// Names another key.
pub(crate) const OTHER_KEY: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0yIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImFkYSIsImF1ZCI6InNob3AiLCJpYXQiOjE1Nzc4MzY4MDAsImV4cCI6NDEwMjQ0NDgwMCwic2NvcGUiOiJvcmRlcnMvcmVhZCBwcm9maWxlIn0.ogushOrZWYuGybVFq5ch7-cvVPYoCsNjaownlAs8CMfluj9C9S0dPy7jqX6NwQ2aqWUW8I8p7SB-9gyZCgc6iosJXWRnsay92AuIBsJ8YRi5PCqXf0IEbI6oqo93j2x3inCY6oWplt8uUbBldq2gXFYS2DKKIzo-dVIE6-f2Bo6ojiZJUXrElmd4ebM3Hu4Xr219_lKDLvtsecSAyEpwi6h6lbUf3VRyRsqAY9zjb6oGzvLoZaoGZH-sqntUZSgbzpMRwrDbTsjwnZVaDeVOhoAuUFh22VuKcoRFwaqm8OVLoh0TU8z-rSecHcs8EUJO7Dnt6MnsYkBfK2CN99Ut6g";

/// Expired in 2020.
pub(crate) const EXPIRED: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImFkYSIsImF1ZCI6InNob3AiLCJpYXQiOjE1Nzc4MzY4MDAsImV4cCI6MTU3NzgzNjkwMCwic2NvcGUiOiJvcmRlcnMvcmVhZCBwcm9maWxlIn0.vVAvPwjkV2BDsr1FQ-h_YVH2aP4gg0frmEUzf14fvb1AnhBPqRmZ1YBU7UvVnV6YcLVy34_XA0Cv_onaStLtpS-C8xhcE6VVz3_l0mlc_2mPft1VNiUVsntFY9weMHEeQfcFH_YkeeITo-BW95owF6JUxTEGCxVB_ELw0_Gid5OQXxRirtqJG43f5OrmSYXwCkwwE_c-ISN-2IT7IgT7_rB8n33i2mLAksARxK0lFWly9aGcJVdseUSaU60vmSKnhuPhgTx0QRGCaC_DU_DkaY8stcRgouxGvk3HX1S6qPx8-cNWua2QvnKxIT9U1kENxIHSu3Epw7I8Vh7kNe0h8A";

/// For another audience.
pub(crate) const WRONG_AUDIENCE: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImFkYSIsImF1ZCI6Im90aGVyIiwiaWF0IjoxNTc3ODM2ODAwLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlIjoib3JkZXJzL3JlYWQgcHJvZmlsZSJ9.4jN8PKfWMYeU9mSJOFPgLeIDOODwUcBCyY4KxJ-TXf6ilV9fa1ogRUpgFwDuWHSIanD6LudLtLNHY8d9Z17kBv9N62ihFza1hKOjuNU5j0UawNxt6MqpTQXgdNdM_WmtuYF74u2CiY8_IJ7B3_RDE48bfepQU14Wh34CJTn5F9ZVEIs_ZUjoOYBq-J2YCEhlakLayWHZXZZKo3wYX64s9EXa0O-TBJdo9-KuDhsHIzJJw4V0Ie91uE6P7_JLlWv1oJ4FAoi36GtV0mJHqv7_wZ6oSRDUatMZw0GaNSHbIBTW2YtKx8jieb7SwlTCh7mahJw7fa6J-BCIOGDtasOvqQ";

/// With `client_id` instead of `aud`.
pub(crate) const CLIENT_ID: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImFkYSIsImlhdCI6MTU3NzgzNjgwMCwiZXhwIjo0MTAyNDQ0ODAwLCJzY29wZSI6Im9yZGVycy9yZWFkIHByb2ZpbGUiLCJjbGllbnRfaWQiOiJzaG9wIn0.m9uCuOAORpPrd912bUWIRl0i98mOz6I6WlpIgJuu6Ruifp0hIGiZo2fQXkjUmIe45saPxpBOSxGD_uCya-JoVd2vXgU0gRCkujhAvSQ59WSGk2_9hPSKBMFUgh-HymHAFcI_hCVMQb3HShg022ZzajnX2Fh3sNpQ-oIkZmiN4NNovr6JC7c0FMsgxzIdYL6IUDYENPGShARJ5c5TC-7Ez0eYDtqriGddtqBYaB7Hxe4LbtcmlDUxwk5CbggEGKa1uJNm1ajNDfX8acmbC7dwe5rsswqdncDcsda0ReBTnIbs1OIyN0wkxwycnyZu_BEznHwzpRME5S6-SF2faLz7tg";

/// Of another issuer.
pub(crate) const WRONG_ISSUER: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2V2aWwuZXhhbXBsZS5jb20iLCJzdWIiOiJhZGEiLCJhdWQiOiJzaG9wIiwiaWF0IjoxNTc3ODM2ODAwLCJleHAiOjQxMDI0NDQ4MDAsInNjb3BlIjoib3JkZXJzL3JlYWQgcHJvZmlsZSJ9.0ZAy-suXy4ptCVtm8WR7EhGEYbjAuZGrEHks2WUAuGQZKBdDKg14eDFeYC-_rJ2XO1ucYZr145w1LpKXM1gbpY6_Ebp-IFHAQTUCJiK7sNVdfU7qWYLNA_I_KtQyt1LEhYpQK8LUYgiJJ_8Zb_chmk96XTUWiIQENy0pcIHcMTihvLLpOj5e_7z_Fa3EsHd3cr0mA00EAe091tomcJAXgbDsA0jOdA8yXkXYP9tOPIpd0bus_2oyPtuj7OimhVwXIqaE-rVik_PIItPLMI4Y1c6N72W5gesK2usl6XL_MwYqX9O7mWHvu80QkinWb45AANvvAFCeqMZ2NkLCUT6DjQ";

#[test]
fn tokens_are_verified() {
    let keys = KeySet::parse(KEYS.as_bytes()).expect("a key set");
    let signed = EXPIRED.rsplit_once('.').expect("a signature").0;
    let tampered = format!("{signed}.{}", VALID.rsplit_once('.').expect("a signature").1);
    for (token, expected) in [
        (VALID, Ok(())),
        (RS512, Ok(())),
        (EXPIRED, Ok(())),
        (ES256, Err(TokenError::Algorithm("ES256".to_owned()))),
        (OTHER_KEY, Err(TokenError::KeyUnknown)),
        (&tampered, Err(TokenError::Signature)),
        ("a.b.c", Err(TokenError::Malformed)),
        ("", Err(TokenError::Malformed)),
        ("..", Err(TokenError::Malformed)),
    ] {
        let found = Token::parse(token).and_then(|token| token.verify(&keys));
        assert_eq!(found, expected, "{token}");
    }
    let token = Token::parse(VALID).expect("a token");
    assert_eq!(token.texts("scope"), ["orders/read", "profile"]);
    assert_eq!(token.texts("aud"), ["shop"]);
    assert!(token.texts("scp").is_empty());
}

#[test]
fn key_sets_without_a_key_are_none() {
    for text in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"EC"},{"kty":"RSA","n":"","e":"AQAB"}]}"#] {
        assert!(KeySet::parse(text.as_bytes()).is_err(), "{text}");
    }
}
