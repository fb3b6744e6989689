#include "import/line_finder.hpp"

#include "import/event_preparer.hpp"
#include "import/input_file.hpp"
#include "import/line.hpp"

namespace pintle::cli::importer {

void for_each_message_id(const std::string& file, const std::string& identity,
                         const std::function<void(std::uint64_t line, const std::string& message_id)>& handle) {
    InputFile input(file, InputFile::Use::shared);
    EventPreparer preparer(identity);
    Line line;
    std::string event;
    while (input.next(line)) {
        if (preparer.prepare(line, event)) handle(line.number, preparer.message_id());
    }
}

}  // namespace pintle::cli::importer
