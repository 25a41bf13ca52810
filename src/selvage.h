/*
 * selvage: convolutional autoencoders in C.
 *
 * This is the one public header. It reads from simple to advanced:
 *   1. status and dialects      what calls return, whose conventions hold
 *   2. graph and layers         build a model, one block and one formula per operator
 *   3. losses                   what to minimise
 *   4. optimizers               how to minimise it
 *   5. compile, train, predict  run it
 *   6. weights                  read, write, save, load
 *
 * Conventions. Images are float32, channels last: [N,H,W,C]. A graph describes one sample, so shapes here are
 * [H,W,C] or [units]. In an argument struct a zero field means "the default"; for a float whose default is not
 * zero, -0.0f asks for a real zero. Builders pass NULL through and record the first error in the graph, so a
 * model is written down without a check after each line: sv_compile reports it in words.
 * No function prints, exits or keeps global state. A graph may be used by one thread at a time.
 */
#ifndef SELVAGE_H
#define SELVAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SV_VERSION "0.1.0"

/* ---------------------------------------------------------------------------------------------- 1. status */

typedef enum sv_status {
    SV_OK = 0,
    SV_BAD_ARGUMENT, /* the caller or the configuration is wrong: the program exits 2 */
    SV_BAD_DATA,     /* a file's content is not what it should be: exit 1 */
    SV_IO_ERROR,     /* the system refused: missing file, full disk: exit 1 */
    SV_NO_MEMORY,    /* exit 1 */
    SV_DIVERGED,     /* a loss or a weight is not finite: exit 1 */
    SV_INTERRUPTED   /* stopped on request, state saved: exit 1 */
} sv_status;

/* Whose defaults, update formulas and normalization constants hold where the frameworks differ. */
typedef enum sv_dialect { SV_DIALECT_DEFAULT = 0, SV_KERAS, SV_TORCH } sv_dialect;

/* A truth value with a default. */
typedef enum sv_switch { SV_DEFAULT = 0, SV_ON, SV_OFF } sv_switch;

/* Shape of one sample, without the batch: [H,W,C] (rank 3) or [units] (rank 1). */
typedef struct sv_shape {
    int rank;
    int64_t dim[4];
} sv_shape;

/* ------------------------------------------------------------------------------------ 2. graph and layers */

typedef struct sv_graph sv_graph;
typedef struct sv_node sv_node;

/* A new empty graph, or NULL where memory is short. The caller frees it with sv_graph_free, which frees its nodes. */
sv_graph *sv_graph_new(void);
void sv_graph_free(sv_graph *g);

/* The dialect of the layers added from now on that do not name their own; SV_KERAS at first. */
void sv_graph_set_dialect(sv_graph *g, sv_dialect dialect);

/* The first error of this graph in words ("" where there is none). Owned by the graph. */
const char *sv_error(const sv_graph *g);

/* An input of height x width x channels, values as given. A graph has one or more. */
sv_node *sv_input(sv_graph *g, const char *name, int height, int width, int channels);

/* What every builder below calls: adds a layer of the named type (selvage ops lists them) with its argument struct.
 * `name` is unique in the graph; NULL gives "<type>_<index>". Returns the layer's output, NULL after an error. */
sv_node *sv_layer(sv_graph *g, const char *type, const char *name, const void *args, sv_node *const *inputs, int count);

/* Activations. leaky_relu: x < 0 ? negative_slope x : x (default 0.2; torch 0.01). elu: alpha (e^x - 1) (default 1).
 * gelu: x Phi(x), or its tanh form where approximate. The others take no argument. */
typedef enum sv_activation_type {
    SV_ACTIVATION_LINEAR = 0, SV_ACTIVATION_RELU, SV_ACTIVATION_RELU6, SV_ACTIVATION_LEAKY_RELU, SV_ACTIVATION_ELU,
    SV_ACTIVATION_SELU, SV_ACTIVATION_GELU, SV_ACTIVATION_SILU, SV_ACTIVATION_MISH, SV_ACTIVATION_SOFTPLUS,
    SV_ACTIVATION_SOFTSIGN, SV_ACTIVATION_SIGMOID, SV_ACTIVATION_TANH, SV_ACTIVATION_COUNT
} sv_activation_type;

typedef struct sv_activation {
    sv_activation_type type;
    float negative_slope; /* leaky_relu */
    float alpha;          /* elu */
    sv_switch approximate; /* gelu; default off */
} sv_activation;

#define SV_RELU ((sv_activation){ .type = SV_ACTIVATION_RELU })
#define SV_SIGMOID ((sv_activation){ .type = SV_ACTIVATION_SIGMOID })
#define SV_TANH ((sv_activation){ .type = SV_ACTIVATION_TANH })
#define SV_LEAKY_RELU(slope) ((sv_activation){ .type = SV_ACTIVATION_LEAKY_RELU, .negative_slope = (slope) })

/* Padding. `same` and `valid` are Keras's words; numbers are explicit, PyTorch's. Of a transposed convolution the
 * numbers are the crop of the full output. */
typedef enum sv_padding_mode { SV_PADDING_VALID = 0, SV_PADDING_SAME, SV_PADDING_EXPLICIT } sv_padding_mode;
typedef struct sv_padding {
    sv_padding_mode mode;
    int top, bottom, left, right; /* of SV_PADDING_EXPLICIT */
} sv_padding;

#define SV_VALID ((sv_padding){ .mode = SV_PADDING_VALID })
#define SV_SAME ((sv_padding){ .mode = SV_PADDING_SAME })
#define SV_PAD(h, w) ((sv_padding){ .mode = SV_PADDING_EXPLICIT, .top = (h), .bottom = (h), .left = (w), .right = (w) })
#define SV_PAD4(t, b, l, r) ((sv_padding){ .mode = SV_PADDING_EXPLICIT, .top = (t), .bottom = (b), .left = (l), .right = (r) })

/* What stands in the padding of a convolution or of ZeroPadding2D. SV_PARTIAL, of Conv2D alone: zeros, and the sum is multiplied
 * by the window's taps over those inside the image, before the bias (Liu et al. 2018, arXiv 1811.11718). */
typedef enum sv_border { SV_ZEROS = 0, SV_REFLECT, SV_REPLICATE, SV_CIRCULAR, SV_PARTIAL } sv_border;

/* Output padding: absent and 0 are different in Keras. */
typedef struct sv_output_padding {
    bool given;
    int height, width;
} sv_output_padding;
#define SV_OUTPUT_PADDING(h, w) ((sv_output_padding){ .given = true, .height = (h), .width = (w) })

/* Pixels on four sides. Four zeros are a layer's default, which may be others; SV_NO_SIDES asks for none. */
typedef struct sv_sides {
    int top, bottom, left, right;
} sv_sides;
#define SV_NO_SIDES ((sv_sides){ INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN })

/* Initializers, Keras 3's and PyTorch's; SV_INIT_DEFAULT is the dialect's for this parameter. Formulas: src/init. */
typedef enum sv_initializer_type {
    SV_INIT_DEFAULT = 0, SV_INIT_ZEROS, SV_INIT_ONES, SV_INIT_CONSTANT, SV_INIT_IDENTITY, SV_INIT_RANDOM_NORMAL,
    SV_INIT_RANDOM_UNIFORM, SV_INIT_TRUNCATED_NORMAL, SV_INIT_VARIANCE_SCALING, SV_INIT_GLOROT_UNIFORM,
    SV_INIT_GLOROT_NORMAL, SV_INIT_HE_UNIFORM, SV_INIT_HE_NORMAL, SV_INIT_LECUN_UNIFORM, SV_INIT_LECUN_NORMAL,
    SV_INIT_ORTHOGONAL, SV_INIT_UNIFORM, SV_INIT_NORMAL, SV_INIT_XAVIER_UNIFORM, SV_INIT_XAVIER_NORMAL,
    SV_INIT_KAIMING_UNIFORM, SV_INIT_KAIMING_NORMAL, SV_INIT_TRUNC_NORMAL, SV_INIT_EYE, SV_INIT_DIRAC, SV_INIT_SPARSE,
    SV_INIT_ICNR, SV_INIT_BILINEAR, SV_INIT_COUNT
} sv_initializer_type;

typedef enum sv_fan { SV_FAN_DEFAULT = 0, SV_FAN_KERAS, SV_FAN_TORCH, SV_FAN_TRUE } sv_fan;
typedef enum sv_fan_mode { SV_MODE_DEFAULT = 0, SV_FAN_IN, SV_FAN_OUT, SV_FAN_AVG } sv_fan_mode;
typedef enum sv_distribution {
    SV_DISTRIBUTION_DEFAULT = 0, SV_DISTRIBUTION_TRUNCATED_NORMAL, SV_DISTRIBUTION_UNTRUNCATED_NORMAL, SV_DISTRIBUTION_UNIFORM
} sv_distribution;
typedef enum sv_nonlinearity {
    SV_NONLINEARITY_DEFAULT = 0, SV_NONLINEARITY_LEAKY_RELU, SV_NONLINEARITY_RELU, SV_NONLINEARITY_LINEAR,
    SV_NONLINEARITY_SIGMOID, SV_NONLINEARITY_TANH, SV_NONLINEARITY_SELU
} sv_nonlinearity;

/* Order of the channels that PixelShuffle turns into pixels. */
typedef enum sv_shuffle_mode { SV_CRD = 0, SV_DCR } sv_shuffle_mode;

typedef struct sv_initializer {
    sv_initializer_type type;
    double value;                /* constant */
    double mean, stddev;         /* random_normal, truncated_normal, normal, trunc_normal; stddev: sparse */
    double minval, maxval;       /* random_uniform, uniform */
    double scale;                /* variance_scaling */
    double gain;                 /* xavier_*, orthogonal, identity */
    double a;                    /* kaiming_*: negative slope of the rectifier after the layer; trunc_normal: lowest value */
    double b;                    /* trunc_normal: highest value */
    double sparsity;             /* sparse: fraction of the weights of each input that are 0 */
    int groups;                  /* dirac */
    sv_fan_mode mode;            /* variance_scaling, kaiming_* */
    sv_distribution distribution; /* variance_scaling */
    sv_nonlinearity nonlinearity; /* kaiming_* */
    sv_fan fan;                  /* whose fans; default keras for Keras's names, torch for PyTorch's */
    bool has_seed;               /* a seed of its own instead of the run's */
    int64_t seed;
    sv_initializer_type inner;   /* icnr: what each sub-kernel is drawn from, with the arguments above */
    int upscale_factor;          /* icnr: of the PixelShuffle after a Conv2D; of a Conv2DTranspose its strides */
    sv_shuffle_mode order;       /* icnr: that PixelShuffle's mode */
} sv_initializer;

/* Adds l1 sum|w| + l2 sum w^2 to the loss (Keras's regularizers). */
typedef struct sv_regularizer {
    float l1, l2;
} sv_regularizer;

/* Conv2D: y[i,j,o] = act( b[o] + sum_{u,v,c} x[i s - p + u d, j s - p + v d, c] w[u,v,c,o] ). Kernel [kh,kw,in/groups,out]. */
typedef struct sv_conv2d_args {
    int filters;
    int kernel[2];
    int strides[2];       /* default 1 */
    sv_padding padding;   /* default valid */
    sv_border padding_mode;
    int dilation[2];      /* default 1 */
    int groups;           /* default 1 */
    sv_switch use_bias;   /* default on */
    sv_activation activation;
    sv_initializer kernel_initializer, bias_initializer;
    sv_regularizer kernel_regularizer;
    sv_dialect dialect;
} sv_conv2d_args;
static inline sv_node *sv_conv2d(sv_graph *g, const char *name, sv_node *x, const sv_conv2d_args *args)
{
    return sv_layer(g, "Conv2D", name, args, &x, 1);
}

/* Conv2DTranspose, the adjoint of Conv2D in x: the full output z[i s + u d, j s + v d, o] += x[i,j,c] w[u,v,o,c],
 * cropped by `padding`, lengthened by output_padding, then act(b + z). Kernel [kh,kw,out/groups,in]. normalize_overlap
 * multiplies z at each pixel by the mean number of taps that meet in one, kh kw / (sh sw), over those that meet there. */
typedef struct sv_conv2d_transpose_args {
    int filters;
    int kernel[2];
    int strides[2];
    sv_padding padding;
    sv_output_padding output_padding;
    sv_switch normalize_overlap; /* default off */
    int dilation[2];
    int groups;
    sv_switch use_bias;
    sv_activation activation;
    sv_initializer kernel_initializer, bias_initializer;
    sv_regularizer kernel_regularizer;
    sv_dialect dialect;
} sv_conv2d_transpose_args;
static inline sv_node *sv_conv2d_transpose(sv_graph *g, const char *name, sv_node *x, const sv_conv2d_transpose_args *args)
{
    return sv_layer(g, "Conv2DTranspose", name, args, &x, 1);
}

/* Dense: y = act(x w + b) on the last axis. Kernel [in, units]. */
typedef struct sv_dense_args {
    int units;
    sv_switch use_bias;
    sv_activation activation;
    sv_initializer kernel_initializer, bias_initializer;
    sv_regularizer kernel_regularizer;
    sv_dialect dialect;
} sv_dense_args;
static inline sv_node *sv_dense(sv_graph *g, const char *name, sv_node *x, const sv_dense_args *args)
{
    return sv_layer(g, "Dense", name, args, &x, 1);
}

/* Flatten: [H,W,C] -> [H W C], row by row (Keras's order). */
static inline sv_node *sv_flatten(sv_graph *g, const char *name, sv_node *x)
{
    return sv_layer(g, "Flatten", name, NULL, &x, 1);
}

/* Reshape: the same elements in another shape; one entry may be -1. */
typedef struct sv_reshape_args {
    sv_shape target_shape;
} sv_reshape_args;
static inline sv_node *sv_reshape(sv_graph *g, const char *name, sv_node *x, const sv_reshape_args *args)
{
    return sv_layer(g, "Reshape", name, args, &x, 1);
}

/* Activation: y = act(x). */
typedef struct sv_activation_args {
    sv_activation activation;
} sv_activation_args;
static inline sv_node *sv_activate(sv_graph *g, const char *name, sv_node *x, const sv_activation_args *args)
{
    return sv_layer(g, "Activation", name, args, &x, 1);
}

/* MaxPooling2D: maximum of each window; padding never wins. Ties go to the first element (rows, then columns).
 * AveragePooling2D: mean of each window, over its pixels inside the image unless count_include_pad. */
typedef struct sv_pool_args {
    int pool_size[2];  /* default 2 */
    int strides[2];    /* default pool_size */
    sv_padding padding; /* numbers below pool_size */
    sv_switch count_include_pad; /* AveragePooling2D; default off */
} sv_pool_args;
static inline sv_node *sv_max_pooling2d(sv_graph *g, const char *name, sv_node *x, const sv_pool_args *args)
{
    return sv_layer(g, "MaxPooling2D", name, args, &x, 1);
}
static inline sv_node *sv_average_pooling2d(sv_graph *g, const char *name, sv_node *x, const sv_pool_args *args)
{
    return sv_layer(g, "AveragePooling2D", name, args, &x, 1);
}

/* BoxFilter2D: the mean of size x size pixels at every pixel, y[i,j] = mean of x[i - (h - 1)/2 + u, j - (w - 1)/2 + v], over those
 * inside the image. After an upsampling by `size` it takes the checkerboard out: Sugawara, Shiota, Kiya 2018, arXiv 1806.02658;
 * Kinoshita, Kiya 2020. */
typedef struct sv_box_filter2d_args {
    int size[2]; /* default 2 */
} sv_box_filter2d_args;
static inline sv_node *sv_box_filter2d(sv_graph *g, const char *name, sv_node *x, const sv_box_filter2d_args *args)
{
    return sv_layer(g, "BoxFilter2D", name, args, &x, 1);
}

/* UpSampling2D: nearest repeats pixels; bilinear interpolates with half-pixel centres, edges clamped. */
typedef enum sv_interpolation { SV_NEAREST = 0, SV_BILINEAR } sv_interpolation;
typedef struct sv_upsampling2d_args {
    int size[2]; /* default 2 */
    sv_interpolation interpolation;
} sv_upsampling2d_args;
static inline sv_node *sv_upsampling2d(sv_graph *g, const char *name, sv_node *x, const sv_upsampling2d_args *args)
{
    return sv_layer(g, "UpSampling2D", name, args, &x, 1);
}

/* PixelShuffle, r = upscale_factor: [H,W,C r^2] -> [H r,W r,C]. CRD (PyTorch): y[i r + a, j r + b, c] = x[i,j,c r^2 + a r + b];
 * DCR (TensorFlow's depth_to_space): x[i,j,(a r + b) C + c]. Shi et al. 2016, arXiv 1609.05158. */
typedef struct sv_pixel_shuffle_args {
    int upscale_factor;
    sv_shuffle_mode mode;
} sv_pixel_shuffle_args;
static inline sv_node *sv_pixel_shuffle(sv_graph *g, const char *name, sv_node *x, const sv_pixel_shuffle_args *args)
{
    return sv_layer(g, "PixelShuffle", name, args, &x, 1);
}

/* ZeroPadding2D: pixels added on four sides, by default 1 (none: SV_NO_SIDES), zeros unless padding_mode says otherwise. */
typedef struct sv_zero_padding2d_args {
    sv_sides padding;
    sv_border padding_mode;
} sv_zero_padding2d_args;
static inline sv_node *sv_zero_padding2d(sv_graph *g, const char *name, sv_node *x, const sv_zero_padding2d_args *args)
{
    return sv_layer(g, "ZeroPadding2D", name, args, &x, 1);
}

/* Cropping2D: pixels taken off on four sides. */
typedef struct sv_cropping2d_args {
    sv_sides cropping;
} sv_cropping2d_args;
static inline sv_node *sv_cropping2d(sv_graph *g, const char *name, sv_node *x, const sv_cropping2d_args *args)
{
    return sv_layer(g, "Cropping2D", name, args, &x, 1);
}

/* BatchNormalization over N,H,W of each channel: y = gamma (x - mean) / sqrt(var + epsilon) + beta; in training mean and
 * (biased) variance are the batch's, and moving = momentum moving + (1 - momentum) batch. Ioffe, Szegedy 2015.
 * The dialects differ in momentum, epsilon and in the moving variance: over n (keras), n - 1 (torch). */
typedef struct sv_batch_normalization_args {
    float momentum; /* .99; torch .9 (PyTorch writes 0.1) */
    float epsilon;  /* 1e-3; torch 1e-5 */
    sv_switch center, scale; /* default on */
    sv_dialect dialect;
} sv_batch_normalization_args;
static inline sv_node *sv_batch_normalization(sv_graph *g, const char *name, sv_node *x, const sv_batch_normalization_args *args)
{
    return sv_layer(g, "BatchNormalization", name, args, &x, 1);
}

/* GroupNormalization over H,W and the channels of each group of one sample. Wu, He 2018, arXiv 1803.08494. */
typedef struct sv_group_normalization_args {
    int groups;    /* default 32; -1: as many as channels (instance normalization) */
    float epsilon; /* 1e-3; torch 1e-5 */
    sv_switch center, scale;
    sv_dialect dialect;
} sv_group_normalization_args;
static inline sv_node *sv_group_normalization(sv_graph *g, const char *name, sv_node *x, const sv_group_normalization_args *args)
{
    return sv_layer(g, "GroupNormalization", name, args, &x, 1);
}

/* Dropout: in training each element is zero with probability rate, the others divided by 1 - rate. */
typedef struct sv_dropout_args {
    float rate;
} sv_dropout_args;
static inline sv_node *sv_dropout(sv_graph *g, const char *name, sv_node *x, const sv_dropout_args *args)
{
    return sv_layer(g, "Dropout", name, args, &x, 1);
}

/* GaussianNoise: in training y = x + stddev n, n standard normal. */
typedef struct sv_gaussian_noise_args {
    float stddev;
} sv_gaussian_noise_args;
static inline sv_node *sv_gaussian_noise(sv_graph *g, const char *name, sv_node *x, const sv_gaussian_noise_args *args)
{
    return sv_layer(g, "GaussianNoise", name, args, &x, 1);
}

/* Add: the sum of inputs of one shape. Concatenate: inputs of one height and width side by side along the channels. */
static inline sv_node *sv_add(sv_graph *g, const char *name, sv_node *const *inputs, int count)
{
    return sv_layer(g, "Add", name, NULL, inputs, count);
}
static inline sv_node *sv_concatenate(sv_graph *g, const char *name, sv_node *const *inputs, int count)
{
    return sv_layer(g, "Concatenate", name, NULL, inputs, count);
}

/* ---------------------------------------------------------------------------------------------- 3. losses */

/* Mean (default) or sum over all elements of the batch. */
typedef enum sv_reduction { SV_MEAN = 0, SV_SUM } sv_reduction;

typedef struct sv_loss_args {
    sv_reduction reduction;
    float delta;        /* huber; default 1 */
    int crop_margin;    /* pixels at each side that do not count; ssim's windows see them */
    float border_weight; /* above 0: pixels of deficiency d (selvage explain) count 1 / (1 - d), at most this. The mean is then the
                          * weighted one. From C: sv_loss_weigh of graph/graph.h gives the weights */
    sv_dialect dialect; /* bce */
} sv_loss_args;

/* With y the prediction, t the target (no gradient flows into t); args may be NULL.
 * mse (y - t)^2; mae |y - t|; huber: e = |y - t| <= delta ? e^2 / 2 : delta (e - delta / 2);
 * bce -(t log y + (1 - t) log(1 - y)); bce_with_logits the same of sigmoid(y), max(y,0) - y t + log(1 + e^-|y|);
 * ssim 1 - mean structural similarity (Wang et al. 2004; Gaussian 11, sigma 1.5, edges mirrored). */
sv_node *sv_loss(sv_graph *g, const char *type, const char *name, sv_node *y, sv_node *t, const sv_loss_args *args);
static inline sv_node *sv_mse(sv_graph *g, const char *name, sv_node *y, sv_node *t)
{
    return sv_loss(g, "mse", name, y, t, NULL);
}
static inline sv_node *sv_mae(sv_graph *g, const char *name, sv_node *y, sv_node *t)
{
    return sv_loss(g, "mae", name, y, t, NULL);
}
static inline sv_node *sv_bce(sv_graph *g, const char *name, sv_node *y, sv_node *t)
{
    return sv_loss(g, "bce", name, y, t, NULL);
}

/* sum_i weights[i] losses[i]. */
sv_node *sv_weighted_sum(sv_graph *g, const char *name, sv_node *const *losses, const float *weights, int count);

/* ------------------------------------------------------------------------------------------ 4. optimizers */

typedef enum sv_optimizer_type { SV_ADAM = 0, SV_SGD, SV_ADAMW, SV_RMSPROP, SV_OPTIMIZER_COUNT } sv_optimizer_type;
typedef enum sv_schedule_type {
    SV_SCHEDULE_CONSTANT = 0, SV_SCHEDULE_STEP, SV_SCHEDULE_EXPONENTIAL, SV_SCHEDULE_COSINE, SV_SCHEDULE_PLATEAU, SV_SCHEDULE_COUNT
} sv_schedule_type;

/* Learning rate after t updates. step: rate decay_rate^floor(t/decay_steps). exponential: rate decay_rate^(t/decay_steps).
 * cosine: from rate to alpha rate over decay_steps. plateau: times factor after `patience` epochs without improvement of
 * the monitored value by min_delta, never below min_learning_rate. warmup_steps rises linearly from 0 before each. */
typedef struct sv_schedule {
    sv_schedule_type type;
    int64_t decay_steps;
    float decay_rate;
    float alpha;
    int64_t warmup_steps;
    float factor, min_delta, min_learning_rate;
    int patience, cooldown;
} sv_schedule;

/* Update formulas per dialect: src/optim. Zero fields are the dialect's defaults. */
typedef struct sv_optimizer {
    sv_optimizer_type type;
    float learning_rate;     /* .001; sgd .01 */
    float momentum;          /* sgd, rmsprop */
    sv_switch nesterov;      /* sgd */
    float beta_1, beta_2;    /* adam, adamw: .9, .999 */
    float epsilon;           /* 1e-7; torch 1e-8 */
    sv_switch amsgrad;       /* adam, adamw */
    float rho;               /* rmsprop: .9; torch .99 */
    sv_switch centered;      /* rmsprop */
    float weight_decay;      /* adamw .004; torch .01 */
    float clipnorm, clipvalue, global_clipnorm; /* 0: none. Of each tensor; of each element; of all gradients together */
    sv_schedule schedule;
    sv_dialect dialect;
} sv_optimizer;

/* --------------------------------------------------------------------------- 5. compile, train, predict */

typedef struct sv_compile_args {
    uint64_t seed;
    int batch;              /* largest number of samples of a step; default 32 */
    int threads;            /* default: OMP_NUM_THREADS or the machine's cores. Results do not depend on it */
    sv_optimizer optimizer; /* default Adam, rate .001 */
    const char *backend;    /* default "native" */
} sv_compile_args;

/* Infers every shape, plans the memory, draws the initial weights. `loss` may be NULL: then only prediction works.
 * All memory that training needs is taken here. On failure sv_error(g) says why. */
sv_status sv_compile(sv_graph *g, sv_node *loss, const sv_compile_args *args);

/* One optimizer step on `samples` <= batch samples; inputs[k] is [samples, H,W,C] of the k-th sv_input, in the order they
 * were added. *loss (may be NULL) is the value before the update. */
sv_status sv_train_step(sv_graph *g, int samples, const float *const *inputs, double *loss);

/* Forward only: writes [samples, shape of node] to `output`. Any number of samples. */
sv_status sv_predict(sv_graph *g, sv_node *node, int64_t samples, const float *const *inputs, float *output);

/* Shape of a node's output (rank 0 for NULL). */
sv_shape sv_node_shape(const sv_node *node);

/* --------------------------------------------------------------------------------------------- 6. weights */

/* One weight tensor: "layer/kernel", Keras's layout, data owned by the graph and writable. */
typedef struct sv_weight {
    const char *name;
    sv_shape shape;
    float *data;
    bool trainable;
} sv_weight;

/* Number of weight tensors of a compiled graph, in layer order, and the i-th of them. */
int sv_weight_count(const sv_graph *g);
sv_weight sv_weight_at(const sv_graph *g, int index);

/* Writes or reads all weights as safetensors (F32). Loading refuses missing, additional or misshapen tensors. */
sv_status sv_save_weights(sv_graph *g, const char *path);
sv_status sv_load_weights(sv_graph *g, const char *path);

#ifdef __cplusplus
}
#endif
#endif
