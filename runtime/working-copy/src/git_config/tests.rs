use std::path::Path;
use std::process::Command;

use super::*;

/// What the real Git reads of a configuration: keys and values.
fn listed(text: &[u8]) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let file = directory.path().join("config");
    std::fs::write(&file, text).unwrap_or_else(|e| panic!("{e}"));
    let listing = git(directory.path(), &["config", "--file", "config", "--no-includes", "--list", "-z"]);
    listing.split('\0').filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(directory).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().unwrap_or_else(|e| panic!("{e}"));
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn cleaned(text: &str) -> (String, Vec<String>) {
    let Cleaned { text: cleaned, credentials } = clean(text.as_bytes(), false);
    (String::from_utf8(cleaned.unwrap_or_else(|| text.as_bytes().to_vec())).unwrap_or_else(|e| panic!("{e}")), credentials)
}

/// What is written means to Git what was read.
#[test]
fn the_format_is_read_as_git_reads_it() {
    let odd = "\u{feff}[core]\n\tbare = false # why\n  FileMode\n[remote \"a \\\"b\\\\c.D\"] url = \"x ; y\" ; z\n\
        [Branch.Old]\r\n merge = refs/heads/a  \r\n[user]\n name = one \\\n  two\n email = \"tab\\t new\\nline \\\\ \\\" \"  \n\
        [a \"\"] b = \n\tempty\n; comment\n[core] autocrlf=input\n[x-1 \"y]z\"]\n\tk-1 = \"a\"b\" c\"\n";
    let entries = format::parse(odd.as_bytes()).unwrap_or_else(|| panic!("it is read"));
    assert_eq!(listed(&format::write(&entries)), listed(odd.as_bytes()));
    assert_eq!(entries.len(), 10);
}

#[test]
fn what_git_does_not_read_is_not_sent() {
    for broken in [
        "key = value\n",
        "[a\n",
        "[a \"b]\nc = d\n",
        "[a]\n1 = x\n",
        "[a]\nb = \"open\n",
        "[a]\nb = \\x\n",
        "ref: refs/heads/main\n",
    ] {
        assert_eq!(clean(broken.as_bytes(), true).text, Some(Vec::new()), "{broken:?}");
    }
}

/// Each token in each place where tools leave one.
#[test]
fn no_token_is_sent_and_each_is_known() {
    let basic = "eC1hY2Nlc3MtdG9rZW46Z2hzX2hlYWRlcg==";
    let text = format!(
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tsshCommand = sshpass -p ssh-pass-1 ssh\n\taskPass = /opt/ask\n\
         [remote \"origin\"]\n\turl = https://x-access-token:ghp_origin@github.com/corp/app.git\n\
         \tpushurl = https://glpat-lone@gitlab.com/corp/app\n\tproxy = http://me:proxy-pass@proxy:3128\n\
         \tfetch = +refs/heads/*:refs/remotes/origin/*\n\
         [branch \"main\"]\n\tremote = https://me:branch-pass@host/x\n\tmerge = refs/heads/main\n\
         [url \"https://oauth2:tok_instead@github.com/\"]\n\tinsteadOf = https://github.com/\n\
         [http \"https://github.com/\"]\n\textraheader = AUTHORIZATION: basic {basic}\n\tcookieFile = /c\n\
         [http]\n\tproxy = http://u:http-proxy-pass@p\n\
         [credential]\n\thelper = \"!f() {{ echo username=me; echo password=helper-pass; }}; f\"\n\tusername = somebody\n\
         [credential \"https://u:cred-pass@h\"]\n\tusername = x\n\
         [sendemail]\n\tsmtpPass = mail-pass\n[github]\n\ttoken = ghp_section\n[lfs]\n\turl = https://u:lfs-pass@lfs/x\n\
         [submodule \"lib\"]\n\turl = https://sub-token@github.com/corp/lib\n\tactive = true\n\
         [alias]\n\tx = !curl -H token=alias-token https://h\n# url = https://commented-out@h\n"
    );
    let (sent, known) = cleaned(&text);
    for secret in [
        "ghp_origin",
        "glpat-lone",
        "proxy-pass",
        "branch-pass",
        "tok_instead",
        basic,
        "ghs_header",
        "http-proxy-pass",
        "helper-pass",
        "cred-pass",
        "mail-pass",
        "ghp_section",
        "lfs-pass",
        "sub-token",
        "alias-token",
    ] {
        assert!(known.iter().any(|value| value == secret), "{secret} is not known: {known:?}");
        assert!(!sent.contains(secret), "{secret} is sent: {sent}");
    }
    for word in ["ssh-pass-1", "commented-out", "insteadOf", "helper", "extraheader"] {
        assert!(!sent.to_lowercase().contains(&word.to_lowercase()), "{word} is sent: {sent}");
    }
    assert_eq!(
        listed(sent.as_bytes()),
        [
            "core.repositoryformatversion\n0",
            "core.bare\nfalse",
            "remote.origin.url\nhttps://github.com/corp/app.git",
            "remote.origin.pushurl\nhttps://gitlab.com/corp/app",
            "remote.origin.fetch\n+refs/heads/*:refs/remotes/origin/*",
            "branch.main.remote\nhttps://host/x",
            "branch.main.merge\nrefs/heads/main",
            "lfs.url\nhttps://lfs/x",
            "submodule.lib.url\nhttps://github.com/corp/lib",
            "submodule.lib.active\ntrue",
        ]
    );
}

/// A configuration of a fresh clone is not touched: its bytes may be compared with those at home.
#[test]
fn a_configuration_without_secrets_is_sent_as_it_is() {
    let text = b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n\
        [remote \"origin\"]\n\turl = git@github.com:corp/app.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n";
    assert_eq!(clean(text, true), Cleaned { text: None, credentials: Vec::new() });
}
