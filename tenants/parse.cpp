// SPDX-License-Identifier: GPL-2.0-or-later
// A small scanner in front of the TOML parser, and better words for some of its errors.
#include "tenants/parse.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "tenants/text.hpp"

namespace nvi::tenants {

namespace {

// Walks over a text by code points and knows whether it is inside a string or a comment.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {
        if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);  // has no column
    }

    // TOML 1.0 allows other characters than ASCII in strings and comments only. The parser's test for
    // white space (toml++ 3.3, is_non_ascii_horizontal_whitespace) is undefined for most of them elsewhere,
    // and takes some for spaces.
    void check() {
        while (!text_.empty()) {
            const CodePoint point = first_code_point(text_);
            if (!point.valid) throw SyntaxError("bytes that are not UTF-8", line_, column_);
            if (point.value >= 0x80 && state_ == State::plain)
                throw SyntaxError(name(point.value) + " outside of a string or a comment", line_, column_);
            step(point);
        }
    }

  private:
    enum class State { plain, comment, basic, literal, long_basic, long_literal };

    static std::string name(char32_t value) {
        std::array<char, 16> text{};
        std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(value));
        return text.data();
    }

    void advance(size_t bytes, bool new_line) {
        text_.remove_prefix(bytes);
        line_ += new_line ? 1 : 0;
        column_ = new_line ? 1 : column_ + 1;
    }
    void skip_ascii(size_t count) {
        for (; count > 0 && !text_.empty(); --count) advance(1, text_[0] == '\n');
    }
    size_t leading(char quote) const { return std::min(text_.find_first_not_of(quote), text_.size()); }

    void step(const CodePoint& point) {
        switch (state_) {
            case State::plain:
                if (point.value == '#') state_ = State::comment;
                if ((point.value == '"' || point.value == '\'') && !word_)
                    return open(static_cast<char>(point.value));
                follow(static_cast<char>(point.value));
                break;
            case State::comment:
                if (point.value == '\n') {
                    state_ = State::plain;
                    follow('\n');
                }
                break;
            case State::basic:
            case State::literal:
                if (state_ == State::basic && point.value == '\\')
                    skip_escape();
                else
                    close_short(point);
                return;
            case State::long_basic:
            case State::long_literal:
                if (state_ == State::long_basic && point.value == '\\')
                    skip_escape();
                else
                    close_long(point);
                return;
        }
        advance(point.bytes, point.value == '\n');
    }

    // Keeps account of what an ASCII character outside of strings begins or ends. The parser reads a number
    // up to a comma, a closing bracket or white space: until there a quote begins no string.
    void follow(char value) {
        switch (value) {
            case '\n':
                if (brackets_.empty()) value_ = false;
                word_ = false;
                break;
            case ' ':
            case '\t':
            case '\r':
                word_ = word_ && value_;  // a time may follow a date
                break;
            case ',':
                word_ = false;
                if (brackets_.ends_with('{')) value_ = false;
                break;
            case '=':
                word_ = word_ && value_;
                value_ = true;
                break;
            case '.':
                word_ = value_;
                break;
            case '[':
            case '{':
                if (word_ || !value_) break;  // a table's head
                brackets_ += value;
                value_ = value == '[';
                break;
            case ']':
            case '}':
                word_ = false;
                if (brackets_.empty()) break;
                brackets_.pop_back();
                value_ = true;
                break;
            default:
                word_ = true;
        }
    }

    void open(char quote) {
        const bool basic = quote == '"';
        const size_t quotes = leading(quote);
        if (quotes >= 3) {
            state_ = basic ? State::long_basic : State::long_literal;
            skip_ascii(3);
        } else if (quotes == 2) {
            skip_ascii(2);  // an empty string
        } else {
            state_ = basic ? State::basic : State::literal;
            skip_ascii(1);
        }
    }

    // The backslash; what it escapes, if that is a quote or a backslash; the white space that it leaves out.
    // The parser's test for that has the fault of the one outside of strings.
    void skip_escape() {
        advance(1, false);
        if (text_.starts_with('"') || text_.starts_with('\\')) return advance(1, false);
        if (state_ != State::long_basic) return;
        skip_ascii(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
        const CodePoint point = first_code_point(text_);
        if (point.valid && point.value >= 0x80)
            throw SyntaxError(name(point.value) + " where a backslash leaves out white space", line_,
                              column_);
    }

    void close_short(const CodePoint& point) {
        const char32_t quote = state_ == State::basic ? '"' : '\'';
        // A line's end is an error in a string; the parser says so.
        if (point.value == quote || point.value == '\n') state_ = State::plain;
        advance(point.bytes, point.value == '\n');
    }

    void close_long(const CodePoint& point) {
        const char quote = state_ == State::long_basic ? '"' : '\'';
        const size_t quotes = leading(quote);
        if (quotes < 3) return advance(point.bytes, point.value == '\n');
        skip_ascii(std::min<size_t>(quotes, 5));  // up to two quotes may stand before the closing three
        state_ = State::plain;
    }

    std::string_view text_;
    uint32_t line_ = 1;
    uint32_t column_ = 1;
    State state_ = State::plain;
    bool value_ = false;    // behind a '='
    bool word_ = false;     // inside of a bare key or value
    std::string brackets_;  // of arrays and inline tables that are open
};

bool is_line_end(std::string_view text, uint32_t line, uint32_t column) {
    for (; line > 1; --line) {
        const size_t end = text.find('\n');
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
    }
    for (; column > 1 && !text.empty(); --column) text.remove_prefix(first_code_point(text).bytes);
    return text.empty() || text[0] == '\n' || text[0] == '\r';
}

}  // namespace

toml::table parse_toml(std::string_view text) {
    Scanner(text).check();
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        constexpr std::string_view kPreamble = "Error while parsing ";
        const auto& begin = error.source().begin;
        std::string words(error.description());
        if (words.starts_with(kPreamble)) words.erase(0, kPreamble.size());
        if (words.starts_with("string: unescaped control") && is_line_end(text, begin.line, begin.column))
            words = "a string without its closing quote";
        throw SyntaxError(std::move(words), begin.line, begin.column);
    }
}

}  // namespace nvi::tenants
