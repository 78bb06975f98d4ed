-- Prosody for ./bench.sh --peers: one host, one listener, and what chat with an archive needs. Values in double braces are filled in by the bench.
run_as_root = true
pidfile = "{{directory}}/prosody.pid"
data_path = "{{directory}}/data"
log = { warn = "*console" }

modules_enabled = { "disco", "mam", "ping", "register_ibr", "roster", "saslauth", "smacks" }
modules_disabled = { "s2s", "tls", "http", "https" }

interfaces = { "127.0.0.1" }
c2s_ports = { {{port}} }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
allow_registration = true

storage = "internal"
-- Without a number here the archive of files silently does not load, and without these lines it forgets after a while.
storage_archive_item_limit = 10000000
default_archive_policy = true
archive_expires_after = "never"
{{archive}}

VirtualHost "localhost"
