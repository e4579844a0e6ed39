# Darknet's sources, untouched, and what host/ replaces of them.

DARKNET_NAMES := gemm utils cuda deconvolutional_layer convolutional_layer list image activations im2col col2im blas \
    crop_layer dropout_layer maxpool_layer softmax_layer data matrix network connected_layer cost_layer parser \
    option_list detection_layer route_layer upsample_layer box normalization_layer avgpool_layer layer local_layer \
    shortcut_layer logistic_layer activation_layer rnn_layer gru_layer crnn_layer demo batchnorm_layer region_layer \
    reorg_layer tree lstm_layer l2norm_layer yolo_layer iseg_layer
COMMAND_NAMES := captcha lsd super art tag cifar go rnn segmenter regressor classifier coco yolo detector nightmare \
    instance-segmenter darknet
KERNEL_NAMES := activation_kernels avgpool_layer_kernels blas_kernels col2im_kernels convolutional_kernels crop_layer_kernels \
    deconvolutional_kernels dropout_layer_kernels im2col_kernels maxpool_layer_kernels
DARKNET_OBJ := $(DARKNET_NAMES:%=$(BUILD)/darknet-src/%.o) $(if $(LEFT_OUT),,$(COMMAND_NAMES:%=$(BUILD)/darknet-examples/%.o))

# The functions that host/ replaces, by the stock source that defines them, and those that keep a second name, darknet_*.
REPLACED_utils := error file_error malloc_error what_time_is_it_now
REPLACED_gemm := gemm_cpu
REPLACED_activations := activate
REPLACED_activation_kernels := activate_array_gpu
REPLACED_parser := parse_network_cfg save_weights save_weights_upto load_weights load_weights_upto
REPLACED_layer := free_layer
REPLACED_cuda := $(if $(filter cpu,$(BACKEND)),,check_error cuda_set_device cuda_make_array cuda_make_int_array cuda_free)
REPLACED_network := forward_network update_network train_network_datum get_current_rate free_network $(if $(filter cpu,$(BACKEND)),,set_batch_network backward_network_gpu)
KEPT_layer := free_layer
KEPT_network := $(REPLACED_network)

# The source exists and has been checked. Since its contents are fixed by host/darknet.sha256, objects need not be newer.
DARKNET_READY := $(BUILD)/darknet.ready
$(DARKNET_READY): host/darknet.sha256 $(BUILD)/flags-darknet $(if $(wildcard $(DARKNET_SRC)/src),,FORCE)
	@mkdir -p $(@D)
	$(Q)scripts/get_darknet.sh $(DARKNET_SRC)
	@touch $@

# An object is complete or missing: the compiler writes X.stock.o, from which objcopy makes X.o if symbols are replaced.
stock_object = $(if $(REPLACED_$*),$(@:.o=.stock.o),$@)
replace = $(if $(REPLACED_$*),$(OBJCOPY) $(foreach s,$(REPLACED_$*),--weaken-symbol=$(s)) \
    $(foreach s,$(KEPT_$*),--add-symbol darknet_$(s)=.text.$(s):0,function,global) $(stock_object) $@)

DARKNET_DEPENDS := $(BUILD)/flags-darknet host/darknet.sha256 host/stock_files.h $(if $(filter cpu,$(BACKEND)),,host/cudnn_compat.h)

$(DARKNET_NAMES:%=$(BUILD)/darknet-src/%.o): $(BUILD)/darknet-src/%.o: $(DARKNET_DEPENDS) | $(DARKNET_READY)
	@mkdir -p $(@D)
	@$(SAY) "CC $(DARKNET_SRC)/src/$*.c"
	$(Q)$(compile_darknet) -c $(DARKNET_SRC)/src/$*.c -o $(stock_object)
	$(Q)$(replace)

$(COMMAND_NAMES:%=$(BUILD)/darknet-examples/%.o): $(BUILD)/darknet-examples/%.o: $(DARKNET_DEPENDS) | $(DARKNET_READY)
	@mkdir -p $(@D)
	@$(SAY) "CC $(DARKNET_SRC)/examples/$*.c"
	$(Q)$(compile_darknet) -Dmain=darknet_main -c $(DARKNET_SRC)/examples/$*.c -o $@
