//! CloudFormation's quotas on a template.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>

/// The longest template that is read: CloudFormation's limit for a template object in S3.
pub const TEMPLATE_BYTES_MAX: usize = 1_048_576;
/// The longest file that a template names: what API Gateway imports at most.
pub const PART_BYTES_MAX: usize = 6_291_456;
/// The most resources of a template, counted after transforms.
pub const RESOURCES_MAX: usize = 500;
/// The most parameters of a template.
pub const PARAMETERS_MAX: usize = 200;
/// The most mappings of a template.
pub const MAPPINGS_MAX: usize = 200;
/// The most outputs of a template.
pub const OUTPUTS_MAX: usize = 200;
/// The most conditions of a template. frontgate's own limit.
pub const CONDITIONS_MAX: usize = 2000;
/// The longest value of a parameter.
pub const PARAMETER_VALUE_BYTES_MAX: usize = 4096;
/// The longest template description.
pub const DESCRIPTION_BYTES_MAX: usize = 1024;
/// The longest logical id, parameter, mapping or output name.
pub const NAME_CHARACTERS_MAX: usize = 255;
/// How deep values may be nested. frontgate's own limit; CloudFormation has one that it does not state.
pub const DEPTH_MAX: usize = 100;
/// How many values a document may have once its YAML aliases are written out. frontgate's own limit.
pub const NODES_MAX: usize = 500_000;
/// How many findings are kept. frontgate's own limit.
pub const DIAGNOSTICS_MAX: usize = 200;
