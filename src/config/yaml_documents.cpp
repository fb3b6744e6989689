#include "yaml_documents.hpp"

#include <sstream>

#include <yaml-cpp/eventhandler.h>
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

}  // namespace

YamlDocuments read_yaml_documents(const std::string& file, files::Kind kind) {
    const std::string text = files::read(file, max_size, kind);
    YamlDocuments documents;
    std::istringstream in(text);
    YAML::Parser parser(in);
    Beginning beginning;
    if (!parser.HandleNextDocument(beginning)) return documents;
    if (parser.HandleNextDocument(beginning)) documents.second = beginning.mark;
    documents.first = YAML::Load(text);
    return documents;
}

}  // namespace pintle::config
