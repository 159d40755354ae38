//! The token that clients of the protocol ask for before they ask anything else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A token for `ACTIONS_RUNTIME_TOKEN`. It is no secret and gives no access: whoever reaches the server is in the pod. Clients look into it before they
/// send it along. BuildKit wants a JWT with times between which it is valid, and with `ac`, a text of JSON that lists scopes; it makes names of the scope
/// that can be written, so that this has to be the same in every run. Nobody checks the signature.
#[must_use]
pub fn actions_token() -> String {
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    // From 1970 to 2100, for whatever clock a pod has.
    let claims = r#"{"ac":"[{\"Scope\":\"windlass\",\"Permission\":3}]","nbf":0,"exp":4102444800}"#;
    [header, claims, "not signed"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}
