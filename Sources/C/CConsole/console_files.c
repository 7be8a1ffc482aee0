#include "console_files.h"

// The compiler puts the files of Sources/API/Console/Files into the program, and builds anew when one of them has changed. As a
// literal of Swift the same bytes take ten seconds to compile; here they take none.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t console_html[] = {
#embed "../../API/Console/Files/console.html"
};

static const uint8_t console_css[] = {
#embed "../../API/Console/Files/console.css"
};

static const uint8_t console_js[] = {
#embed "../../API/Console/Files/console.js"
};

static const uint8_t actions_js[] = {
#embed "../../API/Console/Files/actions.js"
};

static const uint8_t budgets_js[] = {
#embed "../../API/Console/Files/budgets.js"
};

static const uint8_t decisions_js[] = {
#embed "../../API/Console/Files/decisions.js"
};

static const uint8_t dialogs_js[] = {
#embed "../../API/Console/Files/dialogs.js"
};

static const uint8_t dom_js[] = {
#embed "../../API/Console/Files/dom.js"
};

static const uint8_t format_js[] = {
#embed "../../API/Console/Files/format.js"
};

static const uint8_t live_js[] = {
#embed "../../API/Console/Files/live.js"
};

static const uint8_t pools_js[] = {
#embed "../../API/Console/Files/pools.js"
};

static const uint8_t session_js[] = {
#embed "../../API/Console/Files/session.js"
};

static const uint8_t workers_js[] = {
#embed "../../API/Console/Files/workers.js"
};

static const uint8_t icon_svg[] = {
#embed "../../API/Console/Files/icon.svg"
};

static const console_file files[] = {
    {"console.html", console_html, sizeof console_html},
    {"console.css", console_css, sizeof console_css},
    {"console.js", console_js, sizeof console_js},
    {"actions.js", actions_js, sizeof actions_js},
    {"budgets.js", budgets_js, sizeof budgets_js},
    {"decisions.js", decisions_js, sizeof decisions_js},
    {"dialogs.js", dialogs_js, sizeof dialogs_js},
    {"dom.js", dom_js, sizeof dom_js},
    {"format.js", format_js, sizeof format_js},
    {"live.js", live_js, sizeof live_js},
    {"pools.js", pools_js, sizeof pools_js},
    {"session.js", session_js, sizeof session_js},
    {"workers.js", workers_js, sizeof workers_js},
    {"icon.svg", icon_svg, sizeof icon_svg},
};

size_t console_file_count(void) { return sizeof files / sizeof files[0]; }

console_file console_file_at(size_t index) { return files[index]; }
