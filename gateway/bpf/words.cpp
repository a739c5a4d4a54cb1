// SPDX-License-Identifier: GPL-2.0-or-later
// What libbpf says.
#include "gateway/bpf/words.hpp"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>

namespace nvi::bpf {

namespace {

thread_local std::string words;

int keep(libbpf_print_level level, const char* format, va_list arguments) {
    if (level != LIBBPF_WARN) return 0;
    va_list again;
    va_copy(again, arguments);
    const int length = std::vsnprintf(nullptr, 0, format, again);
    va_end(again);
    if (length <= 0) return 0;
    const size_t before = words.size();
    words.resize(before + static_cast<size_t>(length) + 1);
    std::vsnprintf(words.data() + before, static_cast<size_t>(length) + 1, format, arguments);
    words.pop_back();
    return 0;
}

}  // namespace

void keep_words() {
    libbpf_set_print(keep);
    words.clear();
}

std::string last_words() {
    constexpr size_t kShown = 1500;
    return words.size() <= kShown ? words : "..." + words.substr(words.size() - kShown);
}

}  // namespace nvi::bpf
