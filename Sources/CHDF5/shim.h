// What Swift cannot import from hdf5.h, as functions: values that are macros, predefined types
// (variables of the library that a macro reads after starting it), and calls whose name and
// structs depend on the library's version (1.10.7 or newer; 1.12 replaced addresses by tokens).
#ifndef CHDF5_SHIM_H
#define CHDF5_SHIM_H

#include <hdf5.h>
#include <stdint.h>
#include <string.h>

// MARK: Macros with casts or calls inside

static inline unsigned chdf5_acc_rdonly(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_acc_trunc(void) { return H5F_ACC_TRUNC; }
static inline H5F_libver_t chdf5_libver_latest(void) { return H5F_LIBVER_LATEST; }
static inline unsigned chdf5_obj_all_local(void) { return H5F_OBJ_ALL | H5F_OBJ_LOCAL; }
static inline hid_t chdf5_default(void) { return H5P_DEFAULT; }
static inline hsize_t chdf5_unlimited(void) { return H5S_UNLIMITED; }
static inline hid_t chdf5_all(void) { return H5S_ALL; }
static inline haddr_t chdf5_undefined_address(void) { return HADDR_UNDEF; }
static inline size_t chdf5_variable_length(void) { return H5T_VARIABLE; }

static inline hid_t chdf5_file_access_class(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_file_create_class(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_group_create_class(void) { return H5P_GROUP_CREATE; }
static inline hid_t chdf5_dataset_create_class(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_link_create_class(void) { return H5P_LINK_CREATE; }

// MARK: Files inside of others

// The library would copy the bytes of a file in memory. These calls, in place of its own, give it the bytes
// of the caller each time, who keeps them until the file is closed; they are only read.
static inline void *chdf5_image_same(size_t size, H5FD_file_image_op_t op, void *bytes) {
  (void)size, (void)op;
  return bytes;
}
static inline void *chdf5_image_stay(void *to, const void *from, size_t size, H5FD_file_image_op_t op,
                                     void *bytes) {
  (void)from, (void)size, (void)op, (void)bytes;
  return to;
}
static inline void *chdf5_image_grow(void *old, size_t size, H5FD_file_image_op_t op, void *bytes) {
  (void)old, (void)size, (void)op, (void)bytes;
  return NULL;
}
static inline herr_t chdf5_image_keep(void *image, H5FD_file_image_op_t op, void *bytes) {
  (void)image, (void)op, (void)bytes;
  return 0;
}
static inline void *chdf5_image_share(void *bytes) { return bytes; }
static inline herr_t chdf5_image_leave(void *bytes) {
  (void)bytes;
  return 0;
}

// Has a file opened with these access properties be the bytes of the caller.
static inline herr_t chdf5_lend_image(hid_t access, const void *bytes, size_t count) {
  H5FD_file_image_callbacks_t calls = {chdf5_image_same, chdf5_image_stay,  chdf5_image_grow,
                                       chdf5_image_keep, chdf5_image_share, chdf5_image_leave,
                                       (void *)bytes};
  if (H5Pset_file_image_callbacks(access, &calls) < 0) return -1;
  return H5Pset_file_image(access, (void *)bytes, count);
}

// MARK: Predefined types

static inline hid_t chdf5_string(void) { return H5T_C_S1; }
static inline hid_t chdf5_float32(int big) { return big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE; }
static inline hid_t chdf5_float64(int big) { return big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE; }

// A standard integer of 1, 2, 4 or 8 bytes; -1 for any other size.
static inline hid_t chdf5_integer(size_t size, int is_signed, int big) {
  switch (size) {
    case 1: return is_signed ? (big ? H5T_STD_I8BE : H5T_STD_I8LE)
                             : (big ? H5T_STD_U8BE : H5T_STD_U8LE);
    case 2: return is_signed ? (big ? H5T_STD_I16BE : H5T_STD_I16LE)
                             : (big ? H5T_STD_U16BE : H5T_STD_U16LE);
    case 4: return is_signed ? (big ? H5T_STD_I32BE : H5T_STD_I32LE)
                             : (big ? H5T_STD_U32BE : H5T_STD_U32LE);
    case 8: return is_signed ? (big ? H5T_STD_I64BE : H5T_STD_I64LE)
                             : (big ? H5T_STD_U64BE : H5T_STD_U64LE);
    default: return -1;
  }
}

// MARK: Calls that changed between versions

// Is told the name and kind (an H5L_type_t) of a link and, of a hard link, the 16 bytes that
// identify its object, as `chdf5_object_kind` does.
typedef herr_t (*chdf5_link_visitor)(const char *name, int kind, const uint8_t identifier[16],
                                     void *context);

typedef struct {
  chdf5_link_visitor visit;
  void *context;
} chdf5_link_iteration;

#if H5_VERSION_GE(1, 12, 0)
static inline herr_t chdf5_visit_link(hid_t group, const char *name, const H5L_info2_t *info,
                                      void *data) {
  (void)group;
  chdf5_link_iteration *iteration = (chdf5_link_iteration *)data;
  uint8_t identifier[16] = {0};
  if (info->type == H5L_TYPE_HARD) memcpy(identifier, &info->u.token, 16);
  return iteration->visit(name, (int)info->type, identifier, iteration->context);
}
#else
static inline herr_t chdf5_visit_link(hid_t group, const char *name, const H5L_info_t *info,
                                      void *data) {
  (void)group;
  chdf5_link_iteration *iteration = (chdf5_link_iteration *)data;
  uint8_t identifier[16] = {0};
  if (info->type == H5L_TYPE_HARD) memcpy(identifier, &info->u.address, sizeof info->u.address);
  return iteration->visit(name, (int)info->type, identifier, iteration->context);
}
#endif

// Visits the links of a group in the order of their names.
static inline herr_t chdf5_iterate_links(hid_t group, chdf5_link_visitor visit, void *context) {
  chdf5_link_iteration iteration = {visit, context};
  hsize_t index = 0;
#if H5_VERSION_GE(1, 12, 0)
  return H5Literate2(group, H5_INDEX_NAME, H5_ITER_INC, &index, chdf5_visit_link, &iteration);
#else
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &index, chdf5_visit_link, &iteration);
#endif
}

// The kind of the link of that name (an H5L_type_t), or a negative value on failure.
static inline int chdf5_link_kind(hid_t group, const char *name) {
#if H5_VERSION_GE(1, 12, 0)
  H5L_info2_t info;
  if (H5Lget_info2(group, name, &info, H5P_DEFAULT) < 0) return -1;
#else
  H5L_info_t info;
  if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
#endif
  return (int)info.type;
}

// The kind of an object (an H5O_type_t), 16 bytes that identify it within its file, and the number
// of its attributes, or a negative value on failure. `name` may be "." for the object itself.
static inline int chdf5_object_kind(hid_t location, const char *name, uint8_t identifier[16],
                                    hsize_t *attribute_count) {
  memset(identifier, 0, 16);
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  if (H5Oget_info_by_name3(location, name, &info, H5O_INFO_BASIC | H5O_INFO_NUM_ATTRS,
                           H5P_DEFAULT) < 0)
    return -1;
  memcpy(identifier, &info.token, 16);
#else
  H5O_info_t info;
  if (H5Oget_info_by_name2(location, name, &info, H5O_INFO_BASIC | H5O_INFO_NUM_ATTRS,
                           H5P_DEFAULT) < 0)
    return -1;
  memcpy(identifier, &info.addr, sizeof info.addr);
#endif
  *attribute_count = info.num_attrs;
  return (int)info.type;
}

// Opens the object that `chdf5_object_kind` identified, without looking for its name again.
static inline hid_t chdf5_open_identified(hid_t file, const uint8_t identifier[16]) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_token_t token;
  memcpy(&token, identifier, 16);
  return H5Oopen_by_token(file, token);
#else
  haddr_t address;
  memcpy(&address, identifier, sizeof address);
  return H5Oopen_by_addr(file, address);
#endif
}

// Gives back the memory of the variable-length strings that a read call left in `buffer`.
static inline herr_t chdf5_reclaim(hid_t type, hid_t space, void *buffer) {
#if H5_VERSION_GE(1, 12, 0)
  return H5Treclaim(type, space, H5P_DEFAULT, buffer);
#else
  return H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
#endif
}

#endif
