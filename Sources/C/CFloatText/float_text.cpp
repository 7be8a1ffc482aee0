#include "float_text.h"

#include <charconv>

int32_t float_text_shortest(double value, uint8_t *digits, int32_t *exponent) {
  // "d.dddde-308": 17 digits, a point, and five characters of exponent.
  char text[32];
  const std::to_chars_result end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  int32_t count = 0;
  const char *next = text;
  for (; next < end.ptr && *next != 'e'; next++) {
    if (*next != '.' && count < FLOAT_TEXT_DIGITS) digits[count++] = static_cast<uint8_t>(*next);
  }
  int32_t power = 0;
  const bool is_negative = next + 1 < end.ptr && next[1] == '-';
  for (next += 2; next < end.ptr; next++) power = power * 10 + (*next - '0');
  *exponent = is_negative ? -power : power;
  return count;
}
