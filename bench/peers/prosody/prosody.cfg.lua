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

{{archive}}
-- Without a number here the archive silently does not load; without the last line it forgets after a week.
storage_archive_item_limit = 10000000
default_archive_policy = true
archive_expires_after = "never"

VirtualHost "localhost"

Component "rooms.localhost" "muc"
    modules_enabled = { "muc_mam" }
    muc_log_by_default = true
    muc_room_locking = false
