//! Names that the service gave to variables. They name those variables when they have no value, too.

/// In the order of letters.
const KNOWN: [&str; 61] = [
    "CI",
    "CIRRUS_API_CREATED",
    "CIRRUS_ARCH",
    "CIRRUS_BASE_BRANCH",
    "CIRRUS_BASE_SHA",
    "CIRRUS_BRANCH",
    "CIRRUS_BUILD_ID",
    "CIRRUS_BUILD_SOURCE",
    "CIRRUS_CHANGE_IN_REPO",
    "CIRRUS_CHANGE_MESSAGE",
    "CIRRUS_CHANGE_TITLE",
    "CIRRUS_CI",
    "CIRRUS_CLI_VERSION",
    "CIRRUS_CLONE_DEPTH",
    "CIRRUS_CLONE_SUBMODULES",
    "CIRRUS_CLONE_TAGS",
    "CIRRUS_CPU",
    "CIRRUS_CRON",
    "CIRRUS_DEFAULT_BRANCH",
    "CIRRUS_DOCKER_CONTEXT",
    "CIRRUS_ENV",
    "CIRRUS_ENVIRONMENT",
    "CIRRUS_ENV_SENSITIVE",
    "CIRRUS_ESCAPING_PROCESSES",
    "CIRRUS_HTTP_CACHE_HOST",
    "CIRRUS_LAST_GREEN_BUILD_ID",
    "CIRRUS_LAST_GREEN_CHANGE",
    "CIRRUS_LOG_TIMESTAMP",
    "CIRRUS_OIDC_TOKEN",
    "CIRRUS_OIDC_TOKEN_AUDIENCE",
    "CIRRUS_OS",
    "CIRRUS_PR",
    "CIRRUS_PR_BODY",
    "CIRRUS_PR_DRAFT",
    "CIRRUS_PR_LABELS",
    "CIRRUS_PR_TITLE",
    "CIRRUS_RELEASE",
    "CIRRUS_REPO_CLONE_HOST",
    "CIRRUS_REPO_CLONE_TOKEN",
    "CIRRUS_REPO_CLONE_URL",
    "CIRRUS_REPO_FULL_NAME",
    "CIRRUS_REPO_ID",
    "CIRRUS_REPO_NAME",
    "CIRRUS_REPO_OWNER",
    "CIRRUS_SHELL",
    "CIRRUS_TAG",
    "CIRRUS_TASK_ID",
    "CIRRUS_TASK_NAME",
    "CIRRUS_TASK_NAME_ALIAS",
    "CIRRUS_USER_COLLABORATOR",
    "CIRRUS_USER_PERMISSION",
    "CIRRUS_VAULT_AUTH_PATH",
    "CIRRUS_VAULT_NAMESPACE",
    "CIRRUS_VAULT_ROLE",
    "CIRRUS_VAULT_URL",
    "CIRRUS_VOLUME",
    "CIRRUS_WORKING_DIR",
    "CI_NODE_INDEX",
    "CI_NODE_TOTAL",
    "CONTINUOUS_INTEGRATION",
    "GITHUB_CHECK_SUITE_ID",
];

/// Whether the service had a variable of this name.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, is_known};

    #[test]
    fn the_names_are_in_order_so_that_each_is_found() {
        assert!(KNOWN.iter().all(|name| is_known(name)));
        assert!(!is_known("CIRRUS") && !is_known("CIRRUS_PR_"));
    }
}
