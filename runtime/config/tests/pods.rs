//! What `pods` can never say, because it is what windlass knows its pods by, or would lead past whoever judges them.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

use windlass_config::{Source, Style, load_settings};

/// Refused where it is written, for each place that it can be written in, with line and column.
#[test]
fn what_is_windlass_own_or_chooses_a_profile_is_refused_where_it_stands() {
    for key in [
        "labels: {windlass.dev/run: x}",
        "labels: {windlass.dev/task: x}",
        "labels: {app.kubernetes.io/managed-by: helm}",
        "annotations: {windlass.dev/deadline-seconds: 9}",
        "annotations: {windlass.dev/creation: x}",
        "annotations: {container.apparmor.security.beta.kubernetes.io/main: unconfined}",
        "annotations: {seccomp.security.alpha.kubernetes.io/pod: unconfined}",
        "nodeSelector: {kubernetes.io/arch: arm64}",
    ] {
        for (text, place) in
            [(format!("pods:\n  {key}\n"), "s.yaml:2:"), (format!("clusters:\n- context: c\n  pods:\n    {key}\n"), "s.yaml:4:")]
        {
            let problems = load_settings(&Source::new("s.yaml", text)).expect_err(key).render(Style::Plain, None);
            assert!(problems.contains("error[invalid-value]") && problems.contains(place), "{key}: {problems}");
        }
    }
}
