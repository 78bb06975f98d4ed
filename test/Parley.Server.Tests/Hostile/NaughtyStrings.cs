namespace Parley.Tests.Hostile;

/// <summary>Strings that programs have broken on. Everything outside printable ASCII is written out, so that an editor cannot change it.</summary>
internal static class NaughtyStrings
{
    public static IReadOnlyList<string> All { get; } =
    [
        // Nothing, and what looks like nothing.
        "", " ", "  ", "\t", "\n", "\r", "\r\n", "\u000B", "\u000C", "\u00A0", "\u0085", "\u1680", "\u180E", "\u2000", "\u2003",
        "\u2007", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000", "\u200B", "\u200C", "\u200D", "\u2060", "\uFEFF",
        "\u00AD", "\u034F", "\u115F", "\u3164", "\u2800", "\U000E0001", "\U000E0041",

        // Controls.
        "\u0000", "\u0001", "\u0002", "\u0003", "\u0004", "\u0005", "\u0006", "\u0007", "\u0008", "\u000E", "\u000F", "\u0010",
        "\u0011", "\u0012", "\u0013", "\u0014", "\u0015", "\u0016", "\u0017", "\u0018", "\u0019", "\u001A", "\u001B", "\u001C",
        "\u001D", "\u001E", "\u001F", "\u007F", "\u0080", "\u0081", "\u008D", "\u0090", "\u009B", "\u009F", "a\u0000b",
        "\u001B[31mred\u001B[0m", "\u001B]0;title\u0007", "\u001B[2J", "\u009B31m", "a\u0008b", "\r\nSet-Cookie: a=b", "a\rb", "\u001A",
        "\u0004",

        // No characters, and half ones.
        "\uFFFE", "\uFFFF", "\uFDD0", "\U0001FFFE", "\U0010FFFF", "\uFFFD", "\uFFF9a\uFFFAb\uFFFB", "\uD800", "\uDFFF", "\uDC00\uD800",
        "a\uD83D", "\uDE00b", "\uD83D\uD83D\uDE00",

        // Words that mean something to somebody.
        "null", "NULL", "(null)", "nil", "None", "undefined", "undef", "true", "false", "TRUE", "True", "NaN", "Infinity", "-Infinity",
        "INF", "[object Object]", "hasOwnProperty", "constructor", "__proto__", "prototype", "toString", "then", "default", "this",
        "\\", "\\\\", "COM1", "CON", "nul", "aux.txt", "root", "admin", "everyone", "here", "all",

        // Numbers.
        "0", "1", "-1", "-0", "00", "1.00", "1/2", "1E02", "1e400", "-1e400", "0x0", "0xffffffff", "0b1", "0o7", "1,000", "1 000",
        "1'000", "2147483648", "4294967296", "9007199254740993", "9223372036854775808", "99999999999999999999999", "1;2", "--1", "+1",
        "1_000", "123456789012345678901234567890123456789", "\u0661\u0662\u0663", "\u00B2", "\u00BD", "\u2467", "\uFF11",

        // SQL and patterns.
        "'", "''", "'''", "\"", "\"\"", "`", ";", "--", "/*", "*/", "#", "%", "_", "%%", "\\%", "' or '1'='1", "' OR 1=1 -- 1",
        "1;drop table entries", "'; drop table entries; --", "\"; drop table entries; --",
        "1' union select 1, value from installation --", "$1", "@p0", ":p0", "?", "$$", "$tag$", "E'\\x00'", "\\x00",
        "'||pg_sleep(10)--", "Robert'); drop table users;--", "a' collate nocase --", "NEAR(", "*", "^", "col:", "a AND (b OR", "[a-z]",
        "(a+)+$", ".*", "{", "}", "(", ")", "[", "]",

        // JSON.
        "{}", "[]", "{\"a\":1}", "\\u0000", "\\ud800", "\"}", "\",\"app\":\"other", "\\\"", "\\\\\"", "\\n", "\\/", "</", "//", "/**/",
        "\u2028\u2029", "{\"jsonrpc\":\"2.0\"}", "\\u005c", "\"type\":\"message.sent\"",

        // HTML, templates, formats, shells, spreadsheets.
        "<", ">", "&", "&amp;", "&#0;", "&lt;", "<!--", "]]>", "<![CDATA[", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
        "javascript:alert(1)", "data:text/html,<b>", "<svg/onload=alert(1)>", "\"><b>", "'onclick='", "{{7*7}}", "${7*7}", "#{7*7}",
        "<%= 7*7 %>", "${jndi:ldap://localhost/a}", "%n%s%n", "%x%x%x", "%d", "{0}", "{0,-999999999}", "{{0}}", "$(touch x)",
        "`touch x`", "| cat", "&& true", "; true", "$HOME", "~", "../../../etc/passwd", "..\\..\\x", "file:///etc/passwd",
        "C:\\con\\con", "/dev/null", "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "http://a/%%30%30", "%00", "%2F",
        "%c0%ae",

        // Directions, marks and joined emoji.
        "\u202Eevil", "\u202Abc\u202C", "\u2066a\u2069", "\u2067\u202E", "\u200Fabc", "\u200E", "\u061C", "\u05D0\u05D1 abc \u05D2",
        "\u0627\u0644\u0639\u0631\u0628\u064A\u0629", "gpj.exe\u202E", "a" + new string('\u0301', 1_000),
        "Z\u0351\u036B\u0343\u036A\u0302\u036B\u033D\u034F\u0334\u0319\u0324", "\u0301", "\u0E01\u0E49\u0E49\u0E49\u0E49\u0E49",
        "\u0F68\u0F7E", "\u0928\u093F", "\u1100\u1161\u11A8", "\U0001F600",
        "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466", "\U0001F44D\U0001F3FD", "\U0001F1E9\U0001F1EA", "\U0001F1E9",
        "\u2764\uFE0F", "\u2764\uFE0E", "1\uFE0F\u20E3", "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
        "\u200D\u200D\u200D", "\U0001F3FD", "\U0001F469\U0001F3FF\u200D\u2764\uFE0F\u200D\U0001F48B\u200D\U0001F468\U0001F3FB",

        // Languages, case and look-alikes.
        "\u00E9", "e\u0301", "\u00C5", "\u212B", "A\u030A", "\u0130", "\u0131", "i\u0307", "I", "\u00DF", "\u1E9E", "SS",
        "\u03A3\u03C2\u03C3", "\uFB01", "\uFB03", "\u01C5", "\u0149", "\uFF21\uFF42", "\u0430", "\u0391", "\u13AA", "\u1D00",
        "\U0001D400", "\u3042\u30A2\uFF71", "\u7530\u4E2D\u3055\u3093", "\uAC00\uB098\uB2E4", "\u4E2D\u6587", "\U00020000\U0002A6D6",
        "\u0440\u0443\u0441\u0441\u043A\u0438\u0439", "\u10E5\u10D0\u10E0\u10D7", "\u0939\u093F\u0928\u094D\u0926\u0940",
        "\u0E44\u0E17\u0E22", "\u1810\u1820", "\u2620\u2622", "\u00A9\u00AE\u2122", "\u222B\u2202x", "\u221E\u2260", "\u2603", "\u26A1",
        "\u0250\u0265", "\uF8FF", "\uE000", "\U000F0000",
    ];
}
