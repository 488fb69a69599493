/**
 * What the rover looks like: its robot description, which viewers fetch as an asset and have on a topic.
 */

/** Under which URI viewers fetch it. */
export const DESCRIPTION_URI = "package://rover/rover.urdf";

/** The rover's description in the Unified Robot Description Format. Lengths in metres, masses in kilograms. */
export function roverUrdf(name: string): string {
  return `<?xml version="1.0"?>
<robot name="${escape(name)}">
  <material name="body"><color rgba="0.95 0.55 0.10 1"/></material>
  <material name="dark"><color rgba="0.15 0.15 0.18 1"/></material>
  <link name="base_link">
    <visual>
      <origin xyz="0 0 0.11"/>
      <geometry><box size="0.40 0.28 0.14"/></geometry>
      <material name="body"/>
    </visual>
    <inertial>
      <mass value="8"/>
      <inertia ixx="0.07" ixy="0" ixz="0" iyy="0.12" iyz="0" izz="0.16"/>
    </inertial>
  </link>
${wheel("left_wheel", 0.17)}
${wheel("right_wheel", -0.17)}
${part("lidar", "0.08 0 0.22", '<cylinder radius="0.05" length="0.08"/>')}
${part("imu", "0 0 0.11", '<box size="0.03 0.03 0.01"/>')}
${part("battery", "-0.10 0 0.09", '<box size="0.14 0.18 0.08"/>')}
</robot>
`;
}

function wheel(name: string, y: number): string {
  return `  <link name="${name}">
    <visual>
      <origin rpy="1.5707963 0 0"/>
      <geometry><cylinder radius="0.08" length="0.05"/></geometry>
      <material name="dark"/>
    </visual>
  </link>
  <joint name="${name}_joint" type="continuous">
    <parent link="base_link"/>
    <child link="${name}"/>
    <origin xyz="0 ${y} 0.08"/>
    <axis xyz="0 1 0"/>
  </joint>`;
}

function part(name: string, xyz: string, geometry: string): string {
  return `  <link name="${name}">
    <visual>
      <geometry>${geometry}</geometry>
      <material name="dark"/>
    </visual>
  </link>
  <joint name="${name}_joint" type="fixed">
    <parent link="base_link"/>
    <child link="${name}"/>
    <origin xyz="${xyz}"/>
  </joint>`;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([["&", "&amp;"], ["<", "&lt;"], [">", "&gt;"], ['"', "&quot;"]]);

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES.get(character) ?? character);
}
