/* Any bytes as a document. What is read is within the maxima, and what is written of it is read
 * back the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../plugin/kit_call.h"
#include "kit/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct kit_call kit;

static void read_back(const struct kit_xml *xml)
{
    struct kit_xml_out out = {.call = &kit.base};
    struct kit_xml again;
    kit_xml_add(&out, "<all>");
    for (size_t i = 0; i < xml->n; i++)
        kit_xml_add_element(&out, xml->elements[i].name, xml->elements[i].text);
    kit_xml_add(&out, "</all>");
    assert(out.len == strlen(out.text));
    assert(kit_xml_read(&kit.base, out.text, out.len, &again));
    assert(again.n == xml->n + 1 && kit_xml_is(&again, 0, "all"));
    for (size_t i = 0; i < xml->n; i++) {
        assert(kit_xml_is(&again, i + 1, xml->elements[i].name));
        assert(strcmp(again.elements[i + 1].text, xml->elements[i].text) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kit_xml xml;
    kit_call_init(&kit);
    if (kit_xml_read(&kit.base, (const char *)data, size, &xml)) {
        assert(xml.n > 0 && xml.n <= KIT_XML_ELEMENTS_MAX);
        for (size_t i = 0; i < xml.n; i++) {
            assert(xml.elements[i].name[0] && strlen(xml.elements[i].text) <= KIT_XML_TEXT_MAX);
            assert(kit_xml_text(&xml, i, xml.elements[i].name) == xml.elements[i].text);
        }
        if (xml.n < 1000)
            read_back(&xml);
    } else {
        assert(xml.n == 0);
    }
    kit_call_fini(&kit);
    return 0;
}
