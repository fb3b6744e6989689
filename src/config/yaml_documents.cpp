#include "yaml_documents.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace pintle::config {
namespace {

// Records where the latest document begins.
class Beginning : public YAML::EventHandler {
public:
    YAML::Mark mark;

    void OnDocumentStart(const YAML::Mark& where) override { mark = where; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

constexpr std::size_t max_size = 4UL << 20U;

// Whether that line, counted from 0, begins with spaces and a tab.
bool is_indented_with_tab(std::string_view text, int line) {
    for (int i = 0; i < line && !text.empty(); ++i) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
    const auto first = text.find_first_not_of(' ');
    return first != std::string_view::npos && text[first] == '\t';
}

YamlDocuments parse(const std::string& text) {
    YamlDocuments documents;
    std::istringstream in(text);
    YAML::Parser parser(in);
    Beginning beginning;
    if (!parser.HandleNextDocument(beginning)) return documents;
    if (parser.HandleNextDocument(beginning)) documents.second = beginning.mark;
    documents.first = YAML::Load(text);
    return documents;
}

}  // namespace

YamlDocuments read_yaml_documents(const std::string& file, files::Kind kind) {
    const std::string text = files::read(file, max_size, kind);
    try {
        return parse(text);
    } catch (const YAML::Exception& error) {
        if (!is_indented_with_tab(text, error.mark.line)) throw;
        throw YAML::ParserException(error.mark, "a tab in the indentation, where YAML allows only spaces");
    }
}

}  // namespace pintle::config
