/*
json.h - text in JSON.
*/
#ifndef JSON_H
#define JSON_H

/* Text as a JSON string with its quotes, on stdout: valid UTF-8 whatever it holds, since bytes that are not become U+FFFD. */
void print_json_text(const char *text);

#endif
