#include "re2_shim.h"

#include <re2/re2.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

struct re2_shim {
  RE2 expression;
  re2_shim(const re2::StringPiece &pattern, const RE2::Options &options) : expression(pattern, options) {}
};

// Bounds a compiled expression's memory; RE2 falls back to slower linear matching beyond it and never fails silently.
static constexpr int64_t memory_limit_bytes = 8 << 20;

static re2::StringPiece piece(const uint8_t *text, size_t length) {
  return re2::StringPiece(reinterpret_cast<const char *>(text ? text : reinterpret_cast<const uint8_t *>("")), length);
}

static char *copy(const std::string &text) {
  char *out = static_cast<char *>(std::malloc(text.size() + 1));
  if (out != nullptr) std::memcpy(out, text.c_str(), text.size() + 1);
  return out;
}

re2_shim *re2_shim_compile(const uint8_t *pattern, size_t length, char **message) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  options.set_max_mem(memory_limit_bytes);
  auto *made = new re2_shim(piece(pattern, length), options);
  if (!made->expression.ok()) {
    *message = copy(made->expression.error());
    delete made;
    return nullptr;
  }
  return made;
}

void re2_shim_free(re2_shim *expression) { delete expression; }

void re2_shim_free_message(char *message) { std::free(message); }

bool re2_shim_matches(const re2_shim *expression, const uint8_t *text, size_t length) {
  return expression->expression.Match(piece(text, length), 0, length, RE2::ANCHOR_BOTH, nullptr, 0);
}

int32_t re2_shim_group_count(const re2_shim *expression) { return expression->expression.NumberOfCapturingGroups(); }

char *re2_shim_group_name(const re2_shim *expression, int32_t group) {
  const auto &names = expression->expression.CapturingGroupNames();
  auto found = names.find(group);
  return found == names.end() ? nullptr : copy(found->second);
}

bool re2_shim_captures(const re2_shim *expression, const uint8_t *text, size_t length, intptr_t *ranges,
                       size_t groups) {
  std::vector<re2::StringPiece> found(groups);
  auto whole = piece(text, length);
  if (!expression->expression.Match(whole, 0, length, RE2::ANCHOR_BOTH, found.data(), static_cast<int>(groups))) {
    return false;
  }
  for (size_t i = 0; i < groups; i++) {
    if (found[i].data() == nullptr) {
      ranges[2 * i] = ranges[2 * i + 1] = -1;
    } else {
      ranges[2 * i] = found[i].data() - whole.data();
      ranges[2 * i + 1] = ranges[2 * i] + static_cast<intptr_t>(found[i].size());
    }
  }
  return true;
}
