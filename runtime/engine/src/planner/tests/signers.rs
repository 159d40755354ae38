//! What plugins may do by the word of those who signed them, and what policies ask of signatures.

use windlass_model::plugin::Power;
use windlass_model::settings::{PluginGrant, Settings, SignedBy, TrustedSigner, Verdict, Vouching};
use windlass_model::task::Step;

use super::world::{Asking, asks, call, planned, refused, uses};
use super::*;

const FILE: &str = "windlass.yaml";

/// Every plugin file calls itself `shell`.
fn signer(entry: &str, powers: Powers) -> TrustedSigner {
    let plugins = vec![PluginGrant { plugin: Pattern(entry.into()), powers }];
    let by = SignedBy::Key { file: "ci.pub".into() };
    TrustedSigner { name: "ci".into(), by, reach: vec![Pattern("*".into())], settings: false, plugins }
}

fn world(entry: &str, powers: Powers, verdict: Verdict) -> Asking {
    let settings = Settings { signers: vec![signer(entry, powers)], ..Settings::default() };
    let signers = vec![Vouching { signer: "ci".into(), file: FILE.into(), verdict }];
    Asking { signers, ..Asking::of(settings) }
}

fn signed() -> Verdict {
    Verdict::Signed("key sha256:ab".into())
}

fn step() -> Vec<Step> {
    vec![uses("./b.wasm", json!({}))]
}

/// By name or for all, and no further than the signer's entry goes.
#[tokio::test]
async fn a_signer_grants_what_its_entry_says() {
    for entry in ["shell", "*"] {
        let plan = planned(&world(entry, asks(), signed()), step()).await.unwrap();
        let grants = &call(&plan, 0).grants;
        assert_eq!((grants.powers.clone(), grants.signers.as_slice()), (asks(), &["ci".to_owned()][..]), "{entry}");
    }
    let own = Powers { containers: Some(ContainerScope::own()), ..asks() };
    let plan = planned(&world("*", own.clone(), signed()), step()).await.unwrap();
    assert_eq!(call(&plan, 0).grants.powers, own);
    let text = refused(&world("other", asks(), signed()), step()).await;
    assert!(text.contains("asks for `containers`, which it was not granted"), "{text}");
}

/// More than that is told with the lines for the signer's own entry, beside the entry for all.
#[tokio::test]
async fn what_a_signer_does_not_grant_is_refused_with_its_lines() {
    let less = Powers { environment_set: None, ..asks() };
    let error = planned(&world("*", less, signed()), step()).await.err();
    let Some(PlanError::Denied(refusal)) = first(error.as_ref()) else { panic!("{error:?}") };
    let lines = &refusal.grants[0];
    assert_eq!((lines.file.as_deref(), lines.because_of.as_slice()), (Some(FILE), &["*".to_owned()][..]));
    let wanted = "signers:\n  ci:\n    plugins:\n      shell: [{pod: {level: privileged";
    assert!(lines.text.starts_with(wanted) && lines.text.contains("environment-set"), "{}", lines.text);
}

/// Nothing is granted to what the signer has not signed, and who is refused is told why.
#[tokio::test]
async fn a_plugin_that_is_not_signed_gets_nothing_and_is_told_why() {
    for (verdict, words) in [
        (
            Verdict::Unsigned("it is not signed".into()),
            "the signer ci of windlass.yaml would grant it something, and does not: it is not signed",
        ),
        (Verdict::OutOfReach("r.corp/x".into()), "does not: r.corp/x is beyond its `reach`"),
        (Verdict::Bare("no signature lies there".into()), "does not: no signature lies there"),
    ] {
        let text = refused(&world("*", asks(), verdict.clone()), step()).await;
        assert!(text.contains(words) && text.contains("asks for `containers`"), "{text}");
        let silent = refused(&world("other", asks(), verdict.clone()), step()).await;
        let guarded = matches!(verdict, Verdict::Unsigned(_));
        assert_eq!(
            silent.contains("the signer ci of windlass.yaml does not vouch for it: it is not signed"),
            guarded,
            "{silent}"
        );
        assert_eq!(silent.contains("signer"), guarded, "it would grant nothing: {silent}");
    }
}

/// Whoever followed a line with the plugin's name would undo what the signature is asked for.
#[tokio::test]
async fn no_line_grants_by_name_what_a_signer_has_not_signed() {
    let refusal = async |world: &Asking| {
        let error = planned(world, step()).await.err();
        let Some(PlanError::Denied(refusal)) = first(error.as_ref()) else { panic!("{error:?}") };
        (**refusal).clone()
    };
    for entry in ["*", "other"] {
        let unsigned = refusal(&world(entry, asks(), Verdict::Unsigned("it is signed with another key".into()))).await;
        assert_eq!(unsigned.grants, [], "{entry}");
        let [missing] = unsigned.unvouched.as_slice() else { panic!("{unsigned:?}") };
        let told = (missing.signer.as_str(), missing.file.as_str(), missing.why.as_str());
        assert_eq!(told, ("ci", FILE, "it is signed with another key"));
    }
    // What lies elsewhere is perhaps somebody else's: these bytes, and not whatever comes to lie there.
    let elsewhere = refusal(&world("*", asks(), Verdict::OutOfReach("r.corp/x".into()))).await;
    assert_eq!(elsewhere.unvouched, []);
    assert!(elsewhere.grants[0].text.starts_with("plugins: {\"sha256:"), "{elsewhere:?}");
    for (entry, verdict) in
        [("other", Verdict::OutOfReach("r.corp/x".into())), ("*", Verdict::Bare("no signature lies there".into()))]
    {
        let by_name = refusal(&world(entry, asks(), verdict)).await;
        assert!(by_name.unvouched.is_empty() && by_name.grants[0].text.starts_with("plugins: {./b.wasm:"), "{by_name:?}");
    }
    // Who is vouched for by another is guarded by that one.
    let mut other = world("*", asks(), Verdict::Unsigned("it is not signed".into()));
    other.signers.push(Vouching { signer: "team".into(), file: FILE.into(), verdict: signed() });
    assert_eq!(refusal(&other).await.unvouched, []);
}

/// Another file's signer of the same name is another signer.
#[tokio::test]
async fn a_signature_counts_for_the_file_that_trusts_it() {
    let mut elsewhere = world("*", asks(), signed());
    elsewhere.signers[0].file = "other.yaml".into();
    assert!(refused(&elsewhere, step()).await.contains("which it was not granted"));
}

/// The entry that names a plugin goes before its signer's, and that before one for many; another file narrows either.
#[tokio::test]
async fn an_entry_that_names_a_plugin_goes_before_its_signer() {
    let grant = |name: &str, powers| PluginGrant { plugin: Pattern(name.into()), powers };
    let own = Powers { containers: Some(ContainerScope::own()), ..asks() };
    for (entry, expected) in [("./b.wasm", own.clone()), ("*", asks())] {
        let mut world = world("*", asks(), signed());
        world.world.settings.plugins = vec![grant(entry, own.clone())];
        assert_eq!(call(&planned(&world, step()).await.unwrap(), 0).grants.powers, expected, "{entry}");
    }
    let mut narrowed = world("*", asks(), signed());
    let later = Settings { plugins: vec![grant("./b.wasm", own.clone())], ..Settings::default() };
    narrowed.world.more = vec![("later.yaml".to_owned(), later)];
    assert_eq!(call(&planned(&narrowed, step()).await.unwrap(), 0).grants.powers, own);
}

/// Whoever wrote it, signed it or granted it.
#[tokio::test]
async fn policies_forbid_powers_and_ask_for_signatures() {
    let with = |policy: Policy, verdict| {
        let mut world = world("*", asks(), verdict);
        world.world.settings.policy = policy;
        world
    };
    let denies = |power| Policy { denied: [power].into(), ..Policy::default() };
    let text = refused(&with(denies(Power::EnvironmentSet), signed()), step()).await;
    assert!(
        text.contains(
            "plugin ./b.wasm asks for `environment-set`, and `policy: {powers: {deny: […]}}` of windlass.yaml denies it"
        ),
        "{text}"
    );
    let shell = refused(&with(denies(Power::Containers), signed()), vec![script()]).await;
    assert!(shell.contains("plugin shell asks for `containers`"), "what windlass carries is a plugin, too: {shell}");
    let wants = Policy { signed: true, ..Policy::default() };
    assert!(planned(&with(wants.clone(), signed()), [step(), vec![script()]].concat()).await.is_ok());
    let mut unsigned = with(wants, Verdict::Unsigned("it is not signed".into()));
    unsigned.world.settings.plugins = vec![PluginGrant { plugin: Pattern("./b.wasm".into()), powers: asks() }];
    let text = refused(&unsigned, step()).await;
    assert!(text.contains("has no signature that counts") && text.contains("ci of windlass.yaml: it is not signed"), "{text}");
}

/// What a task lists is the task's; what a plugin brings is held to a level of its own.
#[tokio::test]
async fn what_plugins_bring_has_a_level_of_its_own() {
    let mut world = world("*", asks(), signed());
    let plugin_pod_security = PolicyLevel { level: Level::Baseline, except: [].into() };
    world.world.settings.policy = Policy { plugin_pod_security, ..Policy::default() };
    assert!(planned(&world, step()).await.is_ok());
    let error = planned(&world, vec![uses("./b.wasm", json!({"privileged": true}))]).await.err();
    let Some(PlanError::Policy { message, help, .. }) = first(error.as_ref()) else { panic!("{error:?}") };
    assert!(message.contains("`policy: {plugin_pod_security: baseline}` of windlass.yaml allows no more"), "{message}");
    assert!(help.iter().any(|line| line.contains("`policy: {plugin_pod_security: privileged}`")), "{help:?}");
}
